import {
  archivesIn,
  arrivals,
  type Backup,
  backupBundles,
  type Capabilities,
  type CheckedBackup,
  type CheckedReclaim,
  type Classify,
  type ConsensusStore,
  checkBackup,
  checkReclaim,
  checkUp,
  type Ears,
  type Env,
  guard,
  optionalName,
  type Reclaimed,
  rebuildRuns,
  retentionOver,
  type Vitals,
  verifyRuns,
} from '@consensus-store/core'
import { depot } from './archives.ts'
import { type Bulk, plainBulk } from './bulk.ts'
import { chores } from './chores.ts'
import type { Session } from './context.ts'
import { isBehind } from './events.ts'
import { holdings } from './holdings.ts'
import { identityOf } from './identity.ts'
import { nouns } from './nouns.ts'
import { workshop } from './restoring.ts'
import { tableVitals } from './vitals.ts'

/** What a backend brings: sessions on a database that is open and migrated. */
export interface SqlBackend {
  readonly name: string
  readonly supports: Capabilities
  readonly env: Env
  /** For calls outside transactions. */
  readonly session: Session
  readonly ears: Ears
  /** Runs `work` in one serializable transaction of its own, and again if the database asks for that. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** What only the database can tell of itself. */
  readonly vitals: Pick<Vitals, 'facts' | 'space' | 'unreachable' | 'patienceMs'>
  /** Where who writes much would hold up others. */
  readonly bulk?: Bulk
  reclaim(options: CheckedReclaim): Promise<Reclaimed>
  /** Where the database has a better way than the portable one. */
  backup?(options: CheckedBackup): Promise<Backup>
  /** Waits for what is under way, then lets the database go. */
  close(): Promise<void>
  readonly classify: Classify
}

/** The store over any database that speaks the shared SQL. */
export function sqlStore({
  name,
  supports,
  env,
  session,
  ears,
  classify,
  ...backend
}: SqlBackend): ConsensusStore {
  const checked = { name, chores: chores({ session, env }) }
  const { bulk = plainBulk(session.write) } = backend
  const runsDepot = depot(session, classify)
  const shop = workshop({ session, transaction: backend.transaction })
  return guard(
    {
      ...nouns({ session, env }),
      name,
      supports,
      transaction: (work) => backend.transaction((inside) => work(nouns({ session: inside, env }))),
      verify: async (runId, options) => verifyRuns(shop.inspection, optionalName(runId, 'runId'), options),
      rebuild: async (runId, options) => rebuildRuns(shop, optionalName(runId, 'runId'), options),
      identity: () => identityOf(session),
      archives: archivesIn(runsDepot, env),
      retention: retentionOver(holdings({ session, bulk, depot: runsDepot }), env),
      chores: checked.chores,
      arrival: arrivals((position) => isBehind(session, position), ears),
      health: (options) =>
        checkUp(checked, { ...tableVitals(session), ...backend.vitals, classify }, env, options),
      reclaim: async (options) => backend.reclaim(checkReclaim(options)),
      backup: async (file, options) =>
        backend.backup
          ? backend.backup(checkBackup(file, options))
          : backupBundles(nouns({ session, env }), file, options),
      close: () => backend.close(),
      [Symbol.asyncDispose]: () => backend.close(),
    },
    classify,
  )
}
