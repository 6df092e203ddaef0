import type { ArchiveFolder } from './archive.ts'
import type { StoreErrorCode } from './error.ts'
import type { StayingReason } from './leaving.ts'

/** How long a run stays. */
export interface RetentionRule {
  /** Days from its end, or parts of days, after which a run is archived. By default 30. */
  readonly archiveAfterDays?: number | 'never' | undefined
  /** Days from its end after which a run is deleted, its archive too. By default 90. */
  readonly deleteAfterDays?: number | 'never' | undefined
  /** How many of the newest runs of each spec and stage stay as they are, whatever their age. By default none. */
  readonly keepLatest?: number | undefined
}

/** A rule for the runs of a stage, or with all of some labels, or both. What it does not say, the policy says. */
export interface RetentionOverride extends RetentionRule {
  readonly stage?: string | undefined
  /** At least one, where there is no stage. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/**
 * How long runs stay. Never touched are runs that are running, pinned, or have an execution that has not ended. The age of
 * a run counts from its conclusion, of an abandoned one from its last event, but not from before its start. INVALID when it
 * contradicts itself: when it deletes before it archives, or has an override that never counts because another before it fits
 * all of its runs.
 */
export interface RetentionPolicy extends RetentionRule {
  /** The first one that a run fits counts for it. */
  readonly overrides?: readonly RetentionOverride[] | undefined
  /**
   * Bytes of all bodies in the hot tables. When there are more after all that is old enough is gone, the runs that ended first
   * are archived before their time, or deleted where nothing is ever archived; where nothing is ever deleted either, they stay.
   * By default no bound.
   */
  readonly maxBytes?: number | undefined
}

/** Everything that may become of a run. */
export const RETENTION_ACTIONS = ['keep', 'archive', 'delete', 'archive and delete'] as const
/** What is to be deleted and was to be archived before is archived first. */
export type RetentionAction = (typeof RETENTION_ACTIONS)[number]

/**
 * Why a run is taken: its `age`, or the `budget`. Why it is not: it is `running`, `in flight`, `pinned`, among the `latest`, too
 * `young`, or so damaged that its labels or its end are `unreadable`.
 */
export type RetentionReason = 'age' | 'budget' | StayingReason | 'latest' | 'young' | 'unreadable'

/** What a policy says of one run. */
export interface RetentionDecision {
  readonly runId: string
  readonly specId: string
  readonly stage: string
  readonly action: RetentionAction
  readonly why: RetentionReason
  /** Whether the run is archived already. */
  readonly archived: boolean
  /** `undefined` while it is running, or when its end is unreadable. */
  readonly endedAt: Date | undefined
  /** Of the run's bodies in UTF-8; of its archive when it is archived. */
  readonly bytes: number
}

/** How many runs, and the bytes of all their bodies, or of their archives where they are archived already. */
export interface RetentionCount {
  readonly runs: number
  readonly bytes: number
}

/** What applying a policy would do at some moment, in sums and run by run. */
export interface RetentionPlan {
  /** The moment from which ages were counted. */
  readonly asOf: Date
  /** Runs to be archived, those to be deleted after that among them. */
  readonly archive: RetentionCount
  readonly delete: RetentionCount
  readonly keep: RetentionCount
  /** One for every run, those that began first before the others. */
  readonly decisions: readonly RetentionDecision[]
}

/** How runs are looked at. */
export interface RetentionPlanOptions {
  /** Counts ages even when the clock is more than ten years past the newest event. */
  readonly force?: boolean | undefined
  /** Rejects with its reason when it is aborted. What was done by then is whole runs. */
  readonly signal?: AbortSignal | undefined
}

/** How a policy is applied, and who is told of it. */
export interface RetentionOptions extends RetentionPlanOptions {
  /** Is told how far it is, a chunk at a time. */
  readonly progress?: ((done: RetentionProgress) => void) | undefined
  /** Where archives are also kept: before any row goes, and those of earlier times before they are deleted. */
  readonly folder?: ArchiveFolder | undefined
  /** Is told of the agents whose routes went with a run or a chunk of them, as soon as they did, and waited for. */
  readonly gone?: ((agentIds: readonly string[]) => Promise<void>) | undefined
}

/** What was done so far. */
export interface RetentionProgress {
  readonly archived: RetentionCount
  readonly deleted: RetentionCount
}

/** What was done, and what could not be. */
export interface RetentionOutcome extends RetentionProgress {
  readonly asOf: Date
  /** Runs that are as they were though they were to be taken, or that nobody can decide upon because they are damaged. */
  readonly failed: readonly RetentionFailure[]
}

/** A run that could not be taken, and what is wrong with it. */
export interface RetentionFailure {
  readonly runId: string
  readonly code: StoreErrorCode
  readonly message: string
}

/** Takes runs out of the tables, and in the end out of the store, when it is their time. */
export interface Retention {
  /** What applying a policy would do now, run by run and why. INVALID when the clock is more than ten years past the newest event. */
  plan(policy?: RetentionPolicy, options?: RetentionPlanOptions): Promise<RetentionPlan>
  /**
   * Does what a plan made now says, in chunks that let writers through. It may be stopped at any point, however it ends, and
   * done again; it ends in the same state. A run that is changed meanwhile stays as it is until the next time.
   */
  apply(policy?: RetentionPolicy, options?: RetentionOptions): Promise<RetentionOutcome>
}
