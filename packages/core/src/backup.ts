export interface BackupOptions {
  /** How many backups there are at most: the one before becomes `<file>.1`, and so on. 1 unless told, which replaces it. */
  readonly keep?: number | undefined
  /** Rejects with its reason when it is aborted; what was there before is as it was. */
  readonly signal?: AbortSignal | undefined
  /** Is told how much is done, from 0 to 1. */
  readonly progress?: ((share: number) => void) | undefined
}

export interface Backup {
  readonly file: string
  /** `sqlite` is a database that can be opened as it is, `bundles` is a compressed export. */
  readonly format: 'sqlite' | 'bundles'
  readonly bytes: number
  readonly runs: number
  /** Of everything that can be exported: the same for the same history in any format and on any backend. */
  readonly digest: string
}
