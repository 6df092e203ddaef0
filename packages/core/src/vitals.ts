import type { StoreErrorCode } from './error.ts'
import type { Finding, Health, Rows, Space } from './health.ts'
import type { HeldKey, HeldRun } from './holdings.ts'

/** What a backend is asked about itself, part by part: what is broken in one place does not silence the others. */
export interface Vitals {
  /** Asked first: who does not answer this is asked nothing else. */
  facts(): Promise<Facts>
  rows(): Promise<Rows>
  space(): Promise<Space>
  oldestRunAt(): Promise<Date | undefined>
  /** How many executions that have not ended were spawned before then, counting no further than `most`. */
  openSince(spawnedBefore: Date, most: number): Promise<number>
  /** Runs as retention looks at them, those that began first before the others. Fewer than were asked for are all there are. */
  aged(query: AgedQuery): Promise<readonly AgedRun[]>
  /** What is to be said when the database does not answer, for this reason. */
  unreachable(problem: string): Finding
  /** The code for an error of the backend's own. */
  classify(error: unknown): StoreErrorCode
  /** Milliseconds to wait for any of these. */
  readonly patienceMs: number
}

/** What a backend says of itself at once. */
export interface Facts extends Pick<Health, 'details' | 'settings' | 'findings'> {
  /** The command that gives free space back, where `consensus reclaim` alone would not. */
  readonly reclaimBy?: string | undefined
}

/** Which runs are to be looked at. */
export interface AgedQuery {
  /** Those that are archived, or those in the hot tables. */
  readonly archived: boolean
  /** Only those behind it in the order of retention. */
  readonly after: HeldKey | undefined
  readonly startedBefore: Date
  readonly most: number
  /** How far runs that are newer are counted. */
  readonly countNewer: number
}

/** A run as retention decides upon its age: how large it is plays no part in that. */
export type AgedRun = Omit<HeldRun, 'bytes' | 'lastSequence' | 'version'>
