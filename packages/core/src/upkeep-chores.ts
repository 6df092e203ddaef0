import { resolve } from 'node:path'
import type { ArchiveFolder } from './archive.ts'
import { checkFolder } from './archiving.ts'
import { options as checkOptions, count, filePath, flag, nothingElse, oneOf } from './argument.ts'
import { MAX_KEPT_BACKUPS } from './backup.ts'
import type { ChoreSummary } from './chore.ts'
import { backupResult, type ChoreResult, policyFact, reclaimResult, retentionResult } from './chore-result.ts'
import { CONVERSIONS, type Conversion } from './reclaim.ts'
import type { RetentionPolicy } from './retention.ts'
import { checkPolicy } from './retention-policy.ts'
import type { ConsensusStore } from './store.ts'

/** What there is to do. What is left out is not done. */
export interface UpkeepChores {
  /** Makes a backup, before anything goes. */
  readonly backup?: BackupChore | undefined
  /** Archives and deletes what a policy says, by default the default policy. */
  readonly retention?: RetentionChore | undefined
  /** Gives back the space that is free then. */
  readonly reclaim?: ReclaimChore | undefined
}

/** How and how often to make a backup. */
export interface BackupChore {
  /** Relative to the folder in which the process was when upkeep began. */
  readonly file: string
  /** As in `store.backup`: how many are kept. */
  readonly keep?: number | undefined
  /** Milliseconds from one to the next. By default a day. */
  readonly everyMs?: number | undefined
}

/** How and how often to archive and delete. */
export interface RetentionChore {
  /** By default archives after 30 days and deletes after 90. */
  readonly policy?: RetentionPolicy | undefined
  /** As in `retention.apply`: where archives are also kept. */
  readonly folder?: ArchiveFolder | undefined
  /** As in `retention.apply`: counts ages however far the clock is ahead. */
  readonly force?: boolean | undefined
  /** Milliseconds from one to the next. By default an hour. */
  readonly everyMs?: number | undefined
}

/** How and how often to give space back. */
export interface ReclaimChore {
  /** As in `store.reclaim`. */
  readonly convert?: Conversion | undefined
  /** Milliseconds from one to the next. By default an hour. */
  readonly everyMs?: number | undefined
}

/** In the order in which they are done. */
export const CHORE_NAMES = ['backup', 'retention', 'reclaim'] as const satisfies (keyof UpkeepChores)[]
/** Which chore of upkeep it is. */
export type ChoreName = (typeof CHORE_NAMES)[number]

/** What upkeep needs of a store. */
export type UpkeptStore = Pick<ConsensusStore, 'name' | 'chores' | 'retention' | 'reclaim' | 'backup'>

/** One thing to be done: how often, and how. */
export interface Task {
  readonly name: ChoreName
  readonly everyMs: number
  /** What is known before, and kept also when it fails. */
  readonly facts: ChoreSummary
  work(signal: AbortSignal): Promise<ChoreResult>
}

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * In the order in which they are done: what retention takes is in the backup, and what it frees is given back. INVALID, naming
 * it, when anything is asked for that is not known: a policy that is not where it belongs is none.
 */
export function tasksOf(store: UpkeptStore, chores: UpkeepChores): readonly Task[] {
  const { backup, retention, reclaim, ...rest } = checkOptions(chores, 'options')
  nothingElse(rest, 'options')
  return [
    ...(backup === undefined ? [] : [backupTask(store, backup)]),
    ...(retention === undefined ? [] : [retentionTask(store, retention)]),
    ...(reclaim === undefined ? [] : [reclaimTask(store, reclaim)]),
  ]
}

function backupTask(store: UpkeptStore, given: BackupChore): Task {
  const { file: path, keep = 1, everyMs = DAY_MS, ...rest } = checkOptions(given, 'backup')
  nothingElse(rest, 'backup')
  // Whatever the folder of the process is by then.
  const file = resolve(filePath(path, 'backup.file'))
  count(keep, 'backup.keep', 1, MAX_KEPT_BACKUPS)
  return {
    name: 'backup',
    everyMs: count(everyMs, 'backup.everyMs', 1),
    facts: {},
    work: async (signal) => backupResult(await store.backup(file, { keep, signal })),
  }
}

function retentionTask(store: UpkeptStore, given: RetentionChore): Task {
  const { policy, folder, force = false, everyMs = HOUR_MS, ...rest } = checkOptions(given, 'retention')
  nothingElse(rest, 'retention')
  checkPolicy(policy)
  checkFolder({ folder })
  flag(force, 'retention.force')
  return {
    name: 'retention',
    everyMs: count(everyMs, 'retention.everyMs', 1),
    facts: policyFact(policy),
    work: async (signal) => retentionResult(await store.retention.apply(policy, { folder, force, signal })),
  }
}

function reclaimTask(store: UpkeptStore, given: ReclaimChore): Task {
  const { convert = 'never', everyMs = HOUR_MS, ...rest } = checkOptions(given, 'reclaim')
  nothingElse(rest, 'reclaim')
  oneOf(convert, CONVERSIONS, 'reclaim.convert')
  return {
    name: 'reclaim',
    everyMs: count(everyMs, 'reclaim.everyMs', 1),
    facts: {},
    work: async (signal) => reclaimResult(await store.reclaim({ convert, signal })),
  }
}
