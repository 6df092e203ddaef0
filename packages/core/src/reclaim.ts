export const CONVERSIONS = ['never', 'when worthwhile', 'always'] as const

export interface ReclaimOptions {
  /**
   * Whether a place that cannot give space back by itself is rewritten once so that it can: `when worthwhile`, a quarter of
   * it is free. Writers wait meanwhile. `never` unless told.
   */
  readonly convert?: (typeof CONVERSIONS)[number] | undefined
  /** Rejects with its reason when it is aborted. What was given back by then stays so. */
  readonly signal?: AbortSignal | undefined
  /** Is told of the bytes given back so far. */
  readonly progress?: ((bytes: number) => void) | undefined
}

export interface Reclaimed {
  /** Bytes the store took before, as the file system or the server sees them. */
  readonly before: number
  readonly after: number
  readonly converted: boolean
}
