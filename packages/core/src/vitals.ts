import type { Health, Rows, Space } from './health.ts'
import type { Run } from './run.ts'

/** What a backend is asked about itself, part by part: what is broken in one place does not silence the others. */
export interface Vitals {
  /** Asked first: who does not answer this is asked nothing else. */
  facts(): Promise<Pick<Health, 'details' | 'settings' | 'findings'>>
  rows(): Promise<Rows>
  space(): Promise<Space>
  oldestRunAt(): Promise<Date | undefined>
  /** How many executions that have not ended were spawned before then, counting no further than `most`. */
  openSince(spawnedBefore: Date, most: number): Promise<number>
  /**
   * Runs in the hot tables, or archived ones, that began before then, longest ago first, and no more than `most`. Left out are
   * those that retention never touches, but for the latest of their stage.
   */
  aged(query: AgedQuery): Promise<readonly AgedRun[]>
  /** What is to be said when the database does not answer. */
  unreachable(error: unknown): Health['findings'][number]
  /** Milliseconds to wait for any of these. */
  readonly patienceMs: number
}

export interface AgedQuery {
  readonly archived: boolean
  readonly startedBefore: Date
  readonly most: number
}

export interface AgedRun extends Pick<Run, 'id' | 'specId' | 'stage' | 'labels'> {
  readonly endedAt: Date
}
