import type { HeldRun } from './holdings.ts'
import { whyItStays } from './leaving.ts'
import { compareText } from './page.ts'
import type { RetentionAction, RetentionDecision, RetentionReason } from './retention.ts'
import type { PolicyInForce, RuleInForce } from './retention-policy.ts'

/** The last run, by its end and then its id, that a budget brings forward. */
export interface Cut {
  readonly endedAt: Date
  readonly id: string
}

/** What age makes of a run, and what a budget that is exceeded would: `undefined` when it would leave it. */
export interface ByAge {
  readonly decision: RetentionDecision
  readonly early: RetentionAction | undefined
}

/** Decides upon a run by its age alone. */
export function decideByAge(policy: PolicyInForce, asOf: Date, run: HeldRun): ByAge {
  const stays = whyItStays(run, run.inFlight)
  if (stays) return decided(run, 'keep', stays)
  const { stage, labels, endedAt } = run
  if (!labels || !endedAt) return decided(run, 'keep', 'unreadable')

  const rule = policy.ruleFor({ stage, labels })
  if (run.newer < rule.keepLatest) return decided(run, 'keep', 'latest')
  const age = asOf.getTime() - endedAt.getTime()
  if (age >= rule.deleteAfterMs) return decided(run, deletion(run, rule), 'age')
  if (run.archived) return decided(run, 'keep', 'young')
  if (age >= rule.archiveAfterMs) return decided(run, 'archive', 'age')
  return decided(run, 'keep', 'young', earlyAction(rule))
}

/** The same, with runs up to the cut of a budget taken before their time. */
export function decide(
  policy: PolicyInForce,
  asOf: Date,
  cut: Cut | undefined,
  run: HeldRun,
): RetentionDecision {
  const { decision, early } = decideByAge(policy, asOf, run)
  if (!cut || !early || endedFirst(cutAt(run), cut) > 0) return decision
  return { ...decision, action: early, why: 'budget' }
}

/** Where a budget cuts that takes this run and those that ended before it. */
export const cutAt = ({ endedAt, id }: HeldRun): Cut => ({ endedAt: endedAt!, id })

/** By their end, and of the same millisecond the lesser id first. */
export const endedFirst = (a: Cut, b: Cut): number =>
  a.endedAt.getTime() - b.endedAt.getTime() || compareText(a.id, b.id)

/** What is wrong with a run that nobody can decide upon. */
export const whyUnreadable = ({ id, labels }: HeldRun): string =>
  labels
    ? `Nobody can tell when run ${id} ended: the end of its log is lost`
    : `The labels of run ${id} cannot be read, by which it may be meant to stay`

const deletion = ({ archived }: HeldRun, { archiveAfterMs }: RuleInForce): RetentionAction =>
  archived || archiveAfterMs === Number.POSITIVE_INFINITY ? 'delete' : 'archive and delete'

function earlyAction({ archiveAfterMs, deleteAfterMs }: RuleInForce): RetentionAction | undefined {
  if (archiveAfterMs < Number.POSITIVE_INFINITY) return 'archive'
  return deleteAfterMs < Number.POSITIVE_INFINITY ? 'delete' : undefined
}

const decided = (
  { id, specId, stage, archived, endedAt, bytes }: HeldRun,
  action: RetentionAction,
  why: RetentionReason,
  early?: RetentionAction,
): ByAge => ({
  decision: { runId: id, specId, stage, action, why, archived, endedAt, bytes },
  early,
})
