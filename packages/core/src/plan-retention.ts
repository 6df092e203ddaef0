import { options as checkOptions, flag } from './argument.ts'
import { type Env, now } from './env.ts'
import { invalid } from './error.ts'
import { type Holdings, heldRuns } from './holdings.ts'
import type {
  RetentionCount,
  RetentionDecision,
  RetentionPlan,
  RetentionPlanOptions,
  RetentionPolicy,
} from './retention.ts'
import { cutOf } from './retention-budget.ts'
import { decide } from './retention-decision.ts'
import { checkPolicy } from './retention-policy.ts'

/** What applying a policy would do, run by run. Nothing is written. */
export async function planRetention(
  holdings: Holdings,
  env: Env,
  policy?: RetentionPolicy,
  options: RetentionPlanOptions = {},
): Promise<RetentionPlan> {
  const inForce = checkPolicy(policy)
  const asOf = await ageFrom(holdings, env, checkForce(options))
  const cut = await cutOf(holdings, inForce, asOf)
  const decisions: RetentionDecision[] = []
  for await (const page of heldRuns(holdings, inForce.mostLatest))
    decisions.push(...page.map((run) => decide(inForce, asOf, cut, run)))
  const counted = (...actions: readonly RetentionDecision['action'][]) =>
    countOf(decisions.filter(({ action }) => actions.includes(action)))
  return {
    asOf,
    archive: counted('archive', 'archive and delete'),
    delete: counted('delete', 'archive and delete'),
    keep: counted('keep'),
    decisions,
  }
}

export function checkForce(given: RetentionPlanOptions): boolean {
  const { force = false } = checkOptions(given, 'options')
  return flag(force, 'force')
}

const countOf = (decisions: readonly RetentionDecision[]): RetentionCount => ({
  runs: decisions.length,
  bytes: decisions.reduce((sum, { bytes }) => sum + bytes, 0),
})

/** Ten years, leap days and all. */
const FARTHEST_MS = 3_653 * 86_400_000

/** The moment ages count from. INVALID when no clock that is right can say so, unless it is forced. */
export async function ageFrom({ newestAt }: Holdings, env: Env, force: boolean): Promise<Date> {
  const asOf = now(env)
  const newest = force ? undefined : await newestAt()
  if (newest && asOf.getTime() - newest.getTime() > FARTHEST_MS) {
    throw invalid(
      'the clock',
      `says ${asOf.toISOString()}, more than ten years after the newest event, of ${newest.toISOString()}: set it right, or force it`,
    )
  }
  return asOf
}
