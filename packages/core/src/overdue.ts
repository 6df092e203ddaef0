import type { Count } from './health.ts'
import type { HeldKey } from './holdings.ts'
import type { RetentionPolicy } from './retention.ts'
import { decideByAge } from './retention-decision.ts'
import { checkPolicy, type PolicyInForce } from './retention-policy.ts'
import type { AgedRun, Vitals } from './vitals.ts'

/** How far it is worth looking for what is overdue, among hot runs and among archived ones each. */
export interface Effort {
  /** Overdue runs that are counted. */
  readonly counted: number
  /** Runs that are looked at, one after another from the oldest on; as many again here and there among the others. */
  readonly lookedAt: number
  /** Runs that are read at once. */
  readonly together: number
}

const EFFORT: Effort = { counted: 250, lookedAt: 1_000, together: 250 }

/** Looking at a run takes about as long as counting so many that are newer. */
const NEWER_PER_RUN = 100

/** As much effort, where runs that are newer have to be counted of each. */
const withNewer = ({ lookedAt, together, counted }: Effort, newer: number): Effort => {
  const fewer = Math.ceil((lookedAt * NEWER_PER_RUN) / (NEWER_PER_RUN + newer))
  return { counted, lookedAt: fewer, together: Math.min(together, fewer) }
}

/** Among so many spans of time the others are looked at. */
const SPANS = 20

/**
 * Runs that a policy would have archived or deleted by now, as retention itself decides but for a size budget. `undefined` when
 * none was found among as many as are worth looking at, and there are more.
 */
export async function overdueRuns(
  { aged }: Pick<Vitals, 'aged'>,
  asOf: Date,
  policy: RetentionPolicy = {},
  effort: Effort = EFFORT,
): Promise<Count | undefined> {
  const inForce = checkPolicy(policy)
  const { archivedMs, hotMs } = earliest(policy, inForce)
  const look = (archived: boolean, afterMs: number) => {
    const cut = asOf.getTime() - afterMs
    // Nothing began before there were dates that every database can hold.
    if (!(cut >= EARLIEST_MS)) return NOTHING
    return lookFor({
      read: (after, startedBefore, most) =>
        aged({ archived, after, startedBefore, most, countNewer: inForce.mostLatest }),
      isDue: (run) => isDue(inForce, asOf, run),
      startedBefore: new Date(cut + 1),
      effort: withNewer(effort, inForce.mostLatest),
    })
  }
  const hot = await look(false, hotMs)
  const archived = await look(true, archivedMs)
  const count = hot.count + archived.count
  if (hot.complete && archived.complete) return { count, precision: 'exact' }
  return count > 0 ? { count, precision: 'at least' } : undefined
}

/** Year 1. */
export const EARLIEST_MS = -62_135_596_800_000

interface Found {
  readonly count: number
  /** Whether all were looked at. */
  readonly complete: boolean
}

const NOTHING: Found = { count: 0, complete: true }

const isDue = (inForce: PolicyInForce, asOf: Date, run: AgedRun): boolean =>
  decideByAge(inForce, asOf, { ...run, bytes: 0, lastSequence: 0, version: '' }).decision.action !== 'keep'

/** After how long any run at all may be due. */
function earliest({ overrides = [] }: RetentionPolicy, { ruleFor }: PolicyInForce) {
  // No override before it fits what only this one names, and none fits a run of no stage and without labels.
  const rules = [{}, ...overrides].map(({ stage = '', labels = {} }) => ruleFor({ stage, labels }))
  const archivedMs = Math.min(...rules.map(({ deleteAfterMs }) => deleteAfterMs))
  return { archivedMs, hotMs: Math.min(archivedMs, ...rules.map(({ archiveAfterMs }) => archiveAfterMs)) }
}

interface Look {
  read(after: HeldKey | undefined, startedBefore: Date, most: number): Promise<readonly AgedRun[]>
  isDue(run: AgedRun): boolean
  readonly startedBefore: Date
  readonly effort: Effort
}

/**
 * The oldest first. They may all stay on purpose, and hide any number that do not: so when they tell nothing, spans of the time
 * since are looked into, each from its beginning.
 */
async function lookFor(look: Look): Promise<Found> {
  const { effort, startedBefore } = look
  const oldest = await walk(look, undefined, startedBefore, effort.lookedAt)
  if (!oldest.reached || oldest.count > 0) return countedUpTo(effort.counted, oldest)
  const spans = await Promise.all(
    spansOf(oldest.reached, startedBefore).map(({ after, before }) =>
      walk(look, after, before, Math.ceil(effort.lookedAt / SPANS)),
    ),
  )
  const count = spans.reduce((sum, span) => sum + span.count, 0)
  return countedUpTo(effort.counted, { count, reached: spans.find(({ reached }) => reached)?.reached })
}

interface Walked {
  readonly count: number
  /** The last one that was looked at, when there are more. */
  readonly reached: HeldKey | undefined
}

const countedUpTo = (most: number, { count, reached }: Walked): Found => ({
  count: Math.min(count, most),
  complete: reached === undefined && count <= most,
})

async function walk(
  { read, isDue, effort }: Look,
  after: HeldKey | undefined,
  before: Date,
  lookedAt: number,
): Promise<Walked> {
  let count = 0
  let reached = after
  for (let left = lookedAt; left > 0 && count < effort.counted; ) {
    const asked = Math.min(left, effort.together)
    const runs = await read(reached, before, asked)
    count += runs.filter(isDue).length
    if (runs.length < asked) return { count, reached: undefined }
    reached = runs.at(-1)
    left -= asked
  }
  return { count, reached }
}

/** What is left of the time, in equal spans; none of them holds what another does. */
function spansOf(reached: HeldKey, before: Date): readonly { after: HeldKey; before: Date }[] {
  const began = reached.startedAt.getTime()
  const spanMs = (before.getTime() - began) / SPANS
  const border = (span: number) => new Date(began + Math.round(span * spanMs))
  return Array.from({ length: SPANS }, (_, span) => ({
    // No id is empty, so that all of a border's own instant lie behind it.
    after: span === 0 ? reached : { startedAt: border(span), id: '' },
    before: border(span + 1),
  }))
}
