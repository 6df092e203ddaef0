import { MAX_LIMIT } from './argument.ts'
import type { Count } from './health.ts'
import type { RetentionPolicy } from './retention.ts'
import { checkPolicy, type PolicyInForce } from './retention-policy.ts'
import type { Runs } from './store.ts'
import type { AgedRun, Vitals } from './vitals.ts'

/** How many of the oldest runs are looked at. */
const LOOKED_AT = 500

/**
 * Runs that a policy would have archived or deleted by now, as retention itself would find them but for a size budget: of
 * those in the hot tables whose time has come and of archived ones. No more than some are looked at.
 */
export async function overdueRuns(
  { aged }: Pick<Vitals, 'aged'>,
  { list }: Pick<Runs, 'list'>,
  asOf: Date,
  policy: RetentionPolicy = {},
): Promise<Count> {
  const inForce = checkPolicy(policy)
  const { archived, hot } = earliest(policy, inForce)
  const seen = latestSeen(list)
  let count = 0
  let complete = true

  for (const [isArchived, afterMs] of [
    [false, hot],
    [true, archived],
  ] as const) {
    const cut = asOf.getTime() - afterMs
    if (!Number.isFinite(cut) || Number.isNaN(new Date(cut).getTime())) continue
    // Half of them each, so that neither hides the other.
    const runs = await aged({ archived: isArchived, startedBefore: new Date(cut + 1), most: LOOKED_AT / 2 })
    complete &&= runs.length < LOOKED_AT / 2
    for (const run of runs) {
      const { archiveAfterMs, deleteAfterMs, keepLatest } = inForce.ruleFor(run)
      const dueMs = isArchived ? deleteAfterMs : Math.min(archiveAfterMs, deleteAfterMs)
      if (asOf.getTime() - run.endedAt.getTime() < dueMs) continue
      if (await seen(run, keepLatest)) continue
      count += 1
    }
  }
  return { count, precision: complete ? 'exact' : 'at least' }
}

/** After how long any run at all may be due. */
function earliest({ overrides = [] }: RetentionPolicy, { ruleFor }: PolicyInForce) {
  // No override before it fits what only this one names, and none fits a run of no stage and without labels.
  const rules = [{}, ...overrides].map(({ stage = '', labels = {} }) => ruleFor({ stage, labels }))
  const archived = Math.min(...rules.map(({ deleteAfterMs }) => deleteAfterMs))
  return { archived, hot: Math.min(archived, ...rules.map(({ archiveAfterMs }) => archiveAfterMs)) }
}

/** Whether a run is among the latest of its spec and stage, which stay. Each stage is asked for once. */
function latestSeen(list: Runs['list']) {
  const latest = new Map<string, Promise<ReadonlySet<string>>>()
  return async ({ id, specId, stage }: AgedRun, keepLatest: number): Promise<boolean> => {
    if (keepLatest === 0) return false
    const key = JSON.stringify([specId, stage, keepLatest])
    const known = latest.get(key) ?? idsOf(list, specId, stage, keepLatest)
    latest.set(key, known)
    return (await known).has(id)
  }
}

async function idsOf(
  list: Runs['list'],
  specId: string,
  stage: string,
  wanted: number,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await list({ specId, stage, limit: Math.min(wanted - ids.size, MAX_LIMIT), cursor })
    for (const { id } of page.items) ids.add(id)
    cursor = page.next
  } while (cursor !== undefined && ids.size < wanted)
  return ids
}
