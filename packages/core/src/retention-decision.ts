import type { HeldRun } from './holdings.ts'
import { compareText } from './page.ts'
import type { RetentionAction, RetentionDecision, RetentionReason } from './retention.ts'
import type { PolicyInForce, RuleInForce } from './retention-policy.ts'

/** The last run, by its end and then its id, that a budget brings forward. */
export interface Cut {
  readonly endedAt: Date
  readonly id: string
}

/** A decision, and whether a budget that is exceeded may change it. */
export interface Verdicted {
  readonly decision: RetentionDecision
  readonly mayGoEarly: boolean
}

/** Decides upon a run by its age alone. */
export function decideByAge(policy: PolicyInForce, asOf: Date, run: HeldRun): Verdicted {
  const rule = policy.ruleFor(run)
  const untouched = reasonToKeep(run, rule)
  if (untouched || !run.endedAt) return verdict(run, 'keep', untouched ?? 'running')

  const age = asOf.getTime() - run.endedAt.getTime()
  if (age >= rule.deleteAfterMs) return verdict(run, deletion(run, rule), 'age')
  if (age >= rule.archiveAfterMs && !run.archived) return verdict(run, 'archive', 'age')
  return verdict(run, 'keep', 'young', !run.archived && mayEverGo(rule))
}

/** The same, with runs up to the cut of a budget taken before their time. */
export function decide(
  policy: PolicyInForce,
  asOf: Date,
  cut: Cut | undefined,
  run: HeldRun,
): RetentionDecision {
  const { decision, mayGoEarly } = decideByAge(policy, asOf, run)
  if (!cut || !mayGoEarly || endedFirst(endOf(run), cut) > 0) return decision
  const archives = policy.ruleFor(run).archiveAfterMs < Number.POSITIVE_INFINITY
  return { ...decision, action: archives ? 'archive' : 'delete', why: 'budget' }
}

export const endOf = ({ endedAt, id }: HeldRun): Cut => ({ endedAt: endedAt!, id })

/** By their end, and of the same millisecond the lesser id first. */
export const endedFirst = (a: Cut, b: Cut): number =>
  a.endedAt.getTime() - b.endedAt.getTime() || compareText(a.id, b.id)

function reasonToKeep(
  { status, inFlight, pinned, newer }: HeldRun,
  { keepLatest }: RuleInForce,
): RetentionReason | undefined {
  if (status === 'running') return 'running'
  if (inFlight) return 'in flight'
  if (pinned) return 'pinned'
  return newer < keepLatest ? 'latest' : undefined
}

const deletion = ({ archived }: HeldRun, { archiveAfterMs }: RuleInForce): RetentionAction =>
  archived || archiveAfterMs === Number.POSITIVE_INFINITY ? 'delete' : 'archive and delete'

const mayEverGo = ({ archiveAfterMs, deleteAfterMs }: RuleInForce): boolean =>
  Math.min(archiveAfterMs, deleteAfterMs) < Number.POSITIVE_INFINITY

const verdict = (
  { id, specId, stage, archived, endedAt, bytes }: HeldRun,
  action: RetentionAction,
  why: RetentionReason,
  mayGoEarly = false,
): Verdicted => ({
  decision: { runId: id, specId, stage, action, why, archived, endedAt, bytes },
  mayGoEarly,
})
