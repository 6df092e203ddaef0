import type { Prepared } from './trial.ts'

/** The same, which closes what it stands on after itself. */
export const closing = (prepared: Prepared, close: () => void | Promise<void>): Prepared => ({
  ...prepared,
  async close() {
    await prepared.close?.()
    await close()
  },
})
