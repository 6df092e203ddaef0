import { options as checkOptions, oneOf, optionalFunction, optionalSignal } from './argument.ts'

/** Every answer to whether to convert. */
export const CONVERSIONS = ['never', 'when worthwhile', 'always'] as const
/** Whether to convert a place that gives nothing back by itself. */
export type Conversion = (typeof CONVERSIONS)[number]

/** Whether to convert, and whom to tell of what was given back. */
export interface ReclaimOptions {
  /**
   * Whether a place that cannot give space back by itself is rewritten once so that it can: `when worthwhile`, a quarter of
   * it is free. Writers wait meanwhile. By default `never`.
   */
  readonly convert?: Conversion | undefined
  /** Rejects with its reason when it is aborted. What was given back by then stays so; a conversion that began goes on to its end first. */
  readonly signal?: AbortSignal | undefined
  /** Is told of the bytes given back so far, as can be seen from outside: none while somebody who reads keeps files from shrinking. */
  readonly progress?: ((bytes: number) => void) | undefined
}

/** What giving space back came to. */
export interface Reclaimed {
  /** Bytes the store took before, as the file system or the server sees them. */
  readonly before: number
  readonly after: number
  readonly converted: boolean
  /** Bytes that are free and stay so, because a place that was made without auto_vacuum gives nothing back unless it is converted. */
  readonly unconverted: number
}

/** The arguments of `reclaim`, checked. */
export interface CheckedReclaim {
  readonly convert: Conversion
  readonly signal: AbortSignal | undefined
  readonly progress: (bytes: number) => void
}

/** INVALID, naming the option, when one is not what it should be; rejects with the reason when it was aborted already. */
export function checkReclaim(options: ReclaimOptions = {}): CheckedReclaim {
  const { convert = 'never', signal, progress } = checkOptions(options, 'options')
  const checked = {
    convert: oneOf(convert, CONVERSIONS, 'convert'),
    signal: optionalSignal(signal, 'signal'),
    progress: optionalFunction(progress, 'progress') ?? (() => {}),
  }
  checked.signal?.throwIfAborted()
  return checked
}
