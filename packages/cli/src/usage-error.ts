/** The command line itself is wrong: exit code 2, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** What to do about it, by default asking for help. */
  readonly remedy: string | undefined

  constructor(message: string, remedy?: string) {
    super(message)
    this.remedy = remedy
  }
}
