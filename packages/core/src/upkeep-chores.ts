import type { ArchiveFolder } from './archive.ts'
import { options as checkOptions, count, flag, name, oneOf } from './argument.ts'
import type { ChoreSummary } from './chore.ts'
import { CONVERSIONS, type Conversion } from './reclaim.ts'
import type { RetentionPolicy } from './retention.ts'
import { checkPolicy } from './retention-policy.ts'
import type { ConsensusStore } from './store.ts'

/** What there is to do. What is left out is not done. */
export interface UpkeepChores {
  /** Makes a backup, before anything goes. */
  readonly backup?: BackupChore | undefined
  /** Archives and deletes what a policy says, the default policy unless told. */
  readonly retention?: RetentionChore | undefined
  /** Gives back the space that is free then. */
  readonly reclaim?: ReclaimChore | undefined
}

export interface BackupChore {
  readonly file: string
  /** As in `store.backup`: how many are kept. */
  readonly keep?: number | undefined
  /** Milliseconds from one to the next. A day unless told. */
  readonly everyMs?: number | undefined
}

export interface RetentionChore {
  readonly policy?: RetentionPolicy | undefined
  /** As in `retention.apply`: where archives are also kept. */
  readonly folder?: ArchiveFolder | undefined
  /** As in `retention.apply`: counts ages however far the clock is ahead. */
  readonly force?: boolean | undefined
  /** Milliseconds from one to the next. An hour unless told. */
  readonly everyMs?: number | undefined
}

export interface ReclaimChore {
  /** As in `store.reclaim`. */
  readonly convert?: Conversion | undefined
  /** Milliseconds from one to the next. An hour unless told. */
  readonly everyMs?: number | undefined
}

export type ChoreName = keyof UpkeepChores

/** What upkeep needs of a store. */
export type UpkeptStore = Pick<ConsensusStore, 'name' | 'chores' | 'retention' | 'reclaim' | 'backup'>

/** One thing to be done: how often, and how. */
export interface Task {
  readonly name: ChoreName
  readonly everyMs: number
  work(signal: AbortSignal): Promise<TaskOutcome>
}

export interface TaskOutcome {
  readonly ok: boolean
  readonly summary: ChoreSummary
}

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** In the order in which they are done: what retention takes is in the backup, and what it frees is given back. */
export function tasksOf(store: UpkeptStore, chores: UpkeepChores): readonly Task[] {
  const { backup, retention, reclaim } = checkOptions(chores, 'options')
  return [
    ...(backup ? [backupTask(store, backup)] : []),
    ...(retention ? [retentionTask(store, retention)] : []),
    ...(reclaim ? [reclaimTask(store, reclaim)] : []),
  ]
}

function backupTask(store: UpkeptStore, given: BackupChore): Task {
  const { file, keep = 1, everyMs = DAY_MS } = checkOptions(given, 'backup')
  name(file, 'backup.file', 4_096)
  count(keep, 'backup.keep', 1)
  return {
    name: 'backup',
    everyMs: count(everyMs, 'backup.everyMs', 1),
    async work(signal) {
      const { file: made, format, bytes, runs, digest } = await store.backup(file, { keep, signal })
      return { ok: true, summary: { file: made, format, bytes, runs, digest } }
    },
  }
}

function retentionTask(store: UpkeptStore, given: RetentionChore): Task {
  const { policy, folder, force = false, everyMs = HOUR_MS } = checkOptions(given, 'retention')
  checkPolicy(policy)
  flag(force, 'retention.force')
  return {
    name: 'retention',
    everyMs: count(everyMs, 'retention.everyMs', 1),
    async work(signal) {
      const { archived, deleted, failed } = await store.retention.apply(policy, { folder, force, signal })
      const [first] = failed
      return {
        ok: !first,
        summary: {
          archived: archived.runs,
          'bytes archived': archived.bytes,
          deleted: deleted.runs,
          'bytes deleted': deleted.bytes,
          failed: failed.length,
          ...(first && { message: `Run ${first.runId} stays as it is: ${first.code}: ${first.message}` }),
        },
      }
    },
  }
}

function reclaimTask(store: UpkeptStore, given: ReclaimChore): Task {
  const { convert = 'never', everyMs = HOUR_MS } = checkOptions(given, 'reclaim')
  oneOf(convert, CONVERSIONS, 'reclaim.convert')
  return {
    name: 'reclaim',
    everyMs: count(everyMs, 'reclaim.everyMs', 1),
    async work(signal) {
      const { before, after, converted } = await store.reclaim({ convert, signal })
      return { ok: true, summary: { before, after, converted } }
    },
  }
}
