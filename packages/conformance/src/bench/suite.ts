import type { Facts } from './machine.ts'
import type { Trial } from './trial.ts'

/** The trials of one backend. Disposing of it removes what they stood on. */
export interface Suite extends AsyncDisposable {
  readonly trials: readonly Trial[]
  /** What to say of the database. */
  facts(): Facts | Promise<Facts>
}

/** The same trials, with the backend's name before their titles. */
export const named = (backend: string, trials: readonly Trial[]): readonly Trial[] =>
  trials.map((trial) => ({ ...trial, title: `${backend}: ${trial.title}` }))
