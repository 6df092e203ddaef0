/** How a store is doing. `ok` is false when a finding is an error; `findings` come worst first. */
export interface Health {
  readonly ok: boolean
  readonly store: string
  /** Milliseconds the database took to answer. */
  readonly latencyMs: number
  readonly findings: readonly Finding[]
  /** What the backend knows of itself: settings as they are, sizes in bytes, schema version. */
  readonly details: Readonly<Record<string, string | number | boolean>>
}

export interface Finding {
  readonly severity: 'error' | 'warning'
  /** What it is about, as in `auto_vacuum`. */
  readonly subject: string
  readonly message: string
  readonly remedy: string
}
