import { options as checkOptions, flag, nothingElse, optionalSignal } from './argument.ts'
import { type Env, now } from './env.ts'
import { invalid } from './error.ts'
import { type Holdings, heldRuns } from './holdings.ts'
import type {
  RetentionAction,
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
  const { force, signal, ...rest } = checkPlanOptions(options)
  nothingElse(rest, 'options')
  signal?.throwIfAborted()
  const asOf = await ageFrom(holdings, env, force)
  const cut = await cutOf(holdings, inForce, asOf, signal)
  const counts = { keep: noRuns(), archive: noRuns(), delete: noRuns() }
  const decisions: RetentionDecision[] = []
  for await (const page of heldRuns(holdings, inForce.mostLatest, signal)) {
    for (const run of page) {
      const decision = decide(inForce, asOf, cut, run)
      for (const what of COUNTED_AS[decision.action]) addTo(counts[what], run)
      decisions.push(decision)
    }
  }
  return { asOf, ...counts, decisions }
}

/** The members of options that planning and applying have in common; the rest is left. */
export function checkPlanOptions<O extends RetentionPlanOptions>(given: O) {
  const { force = false, signal, ...rest } = checkOptions(given, 'options')
  return { ...rest, force: flag(force, 'force'), signal: optionalSignal(signal, 'signal') }
}

const COUNTED_AS: Readonly<Record<RetentionAction, readonly ('keep' | 'archive' | 'delete')[]>> = {
  keep: ['keep'],
  archive: ['archive'],
  delete: ['delete'],
  'archive and delete': ['archive', 'delete'],
}

type Tally = { -readonly [M in keyof RetentionCount]: RetentionCount[M] }

/** A count of nothing. */
export const noRuns = (): Tally => ({ runs: 0, bytes: 0 })

/** Counts one run more. */
export function addTo(tally: Tally, { bytes }: { readonly bytes: number }): void {
  tally.runs += 1
  tally.bytes += bytes
}

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
