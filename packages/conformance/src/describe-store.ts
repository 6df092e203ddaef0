import { describe } from 'vitest'
import { type It, storeTest } from './store-test.ts'
import type { Subject } from './subject.ts'
import { archivedRuns } from './suites/archived-runs.ts'
import { archives } from './suites/archives.ts'
import { archivingMeanwhile } from './suites/archiving-meanwhile.ts'
import { arrivals } from './suites/arrivals.ts'
import { artifacts } from './suites/artifacts.ts'
import { backups } from './suites/backups.ts'
import { badInput } from './suites/bad-input.ts'
import { bundles } from './suites/bundles.ts'
import { callbacks } from './suites/callbacks.ts'
import { chores } from './suites/chores.ts'
import { clocks } from './suites/clocks.ts'
import { closing } from './suites/closing.ts'
import { copies } from './suites/copies.ts'
import { copying } from './suites/copying.ts'
import { cursors } from './suites/cursors.ts'
import { damaged } from './suites/damaged.ts'
import { damagedArchives } from './suites/damaged-archives.ts'
import { damagedRetention } from './suites/damaged-retention.ts'
import { deleting } from './suites/deleting.ts'
import { deletingMeanwhile } from './suites/deleting-meanwhile.ts'
import { events } from './suites/events.ts'
import { executions } from './suites/executions.ts'
import { following } from './suites/following.ts'
import { health } from './suites/health.ts'
import { histories } from './suites/histories.ts'
import { idempotence } from './suites/idempotence.ts'
import { isolation } from './suites/isolation.ts'
import { json } from './suites/json.ts'
import { killing } from './suites/killing.ts'
import { opening } from './suites/opening.ts'
import { paging } from './suites/paging.ts'
import { projections } from './suites/projections.ts'
import { racing } from './suites/racing.ts'
import { rebuilding } from './suites/rebuilding.ts'
import { reclaiming } from './suites/reclaiming.ts'
import { restarting } from './suites/restarting.ts'
import { retention } from './suites/retention.ts'
import { retentionMeanwhile } from './suites/retention-meanwhile.ts'
import { routeRaces } from './suites/route-races.ts'
import { routes } from './suites/routes.ts'
import { routing } from './suites/routing.ts'
import { runs } from './suites/runs.ts'
import { sealing } from './suites/sealing.ts'
import { sharing } from './suites/sharing.ts'
import { snapshots } from './suites/snapshots.ts'
import { syntheses } from './suites/syntheses.ts'
import { text } from './suites/text.ts'
import { transactions } from './suites/transactions.ts'
import { upkeep } from './suites/upkeep.ts'
import { verifying } from './suites/verifying.ts'
import { visibility } from './suites/visibility.ts'
import { watching } from './suites/watching.ts'

/** The contract, promise by promise; what takes longest comes last. */
export const suites = {
  opening,
  runs,
  executions,
  routes,
  artifacts,
  syntheses,
  events,
  bundles,
  deleting,
  deletingMeanwhile,
  archives,
  archivedRuns,
  archivingMeanwhile,
  copying,
  projections,
  sealing,
  idempotence,
  transactions,
  visibility,
  isolation,
  histories,
  following,
  arrivals,
  watching,
  cursors,
  snapshots,
  retention,
  retentionMeanwhile,
  chores,
  racing,
  routing,
  routeRaces,
  clocks,
  copies,
  closing,
  verifying,
  damaged,
  damagedArchives,
  damagedRetention,
  rebuilding,
  reclaiming,
  backups,
  health,
  upkeep,
  json,
  paging,
  badInput,
  callbacks,
  text,
  restarting,
  sharing,
  killing,
} satisfies Readonly<Record<string, (it: It) => void>>

export type SuiteName = keyof typeof suites

/** Declares the whole contract as tests of one backend. Only what the store does not say it `supports` is skipped. */
export function describeStore(name: string, subject: Subject): void {
  describeSuites(name, subject, Object.keys(suites) as SuiteName[])
}

/** Declares a part of the contract. */
export function describeSuites(name: string, subject: Subject, names: readonly SuiteName[]): void {
  describe(name, () => {
    const it = storeTest(subject)
    for (const suite of names) suites[suite](it)
  })
}
