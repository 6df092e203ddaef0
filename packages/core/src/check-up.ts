import { type Env, now } from './env.ts'
import { StoreError, type StoreErrorCode } from './error.ts'
import { judge, ranked, unreadable } from './findings.ts'
import type { Count, Finding, Health, HealthOptions } from './health.ts'
import { type Limits, limitsOf, policyToJudgeBy } from './limits.ts'
import { EARLIEST_MS, overdueRuns } from './overdue.ts'
import type { ConsensusStore } from './store.ts'
import type { Facts, Vitals } from './vitals.ts'

/** How far things are counted that there should be none of. */
const COUNTED_AT_MOST = 1_000

/** A store whose health is asked for, as far as it takes part in that. */
export type CheckedStore = Pick<ConsensusStore, 'name' | 'chores'>

/** Health for any backend that tells its vitals. Rejects with INVALID for an option, and for nothing else. */
export async function checkUp(
  store: CheckedStore,
  vitals: Vitals,
  env: Env,
  options: HealthOptions = {},
): Promise<Health> {
  const limits = limitsOf(options)
  const began = performance.now()
  const latency = () => performance.now() - began
  try {
    const facts = await within(vitals.patienceMs, vitals.facts)
    return await partByPart(store, vitals, { ...facts, latencyMs: latency() }, limits, now(env))
  } catch (error) {
    return unwell(store.name, latency(), ofNoAnswer(vitals, error))
  }
}

/** Asks for what is left, each part for itself. */
async function partByPart(
  { name: store, chores }: CheckedStore,
  vitals: Vitals,
  { latencyMs, settings, details, reclaimBy = 'consensus reclaim', ...facts }: Facts & { latencyMs: number },
  limits: Limits,
  at: Date,
): Promise<Health> {
  const findings: Finding[] = [...facts.findings]
  const part = async <T>(subject: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await within(vitals.patienceMs, ask)
    } catch (error) {
      findings.push(unreadable(subject, codeOf(vitals, error), problemOf(error)))
      return undefined
    }
  }
  const longAgo = new Date(Math.max(at.getTime() - limits.staleAfterMs, EARLIEST_MS))
  const listing = part('chores', chores.list)
  const judging = listing.then((listed) => policyToJudgeBy(limits.policy, listed))
  const [rows, space, oldestRunAt, open, overdue, listed, judgedBy] = await Promise.all([
    part('rows', vitals.rows),
    part('space', vitals.space),
    part('oldest run', vitals.oldestRunAt),
    part('stale executions', () => vitals.openSince(longAgo, COUNTED_AT_MOST)),
    judging.then(({ policy }) => part('overdue runs', () => overdueRuns(vitals, at, policy))),
    listing,
    judging,
  ])
  const stale = open === undefined ? undefined : countedUpTo(COUNTED_AT_MOST, open)
  const found = { store, latencyMs, settings, rows, space, oldestRunAt, overdue, stale, details }
  const said = { ...found, chores: listed ?? [] }
  findings.push(...judge({ ...said, judgedBy, reclaimBy }, limits, at))
  return summedUp(said, findings)
}

/** Health of a store that tells nothing of itself, and why. */
export const unwell = (store: string, latencyMs: number, finding: Finding): Health =>
  summedUp(
    {
      store,
      latencyMs,
      settings: [],
      rows: undefined,
      space: undefined,
      oldestRunAt: undefined,
      overdue: undefined,
      stale: undefined,
      chores: [],
      details: {},
    },
    [finding],
  )

/** Health with these findings in place of any others: what it says in all follows from them. */
export function summedUp(health: Omit<Health, 'ok' | 'findings'>, findings: readonly Finding[]): Health {
  const { store, latencyMs } = health
  const ok = !findings.some(({ severity }) => severity === 'error')
  const said = { ok, store, latencyMs, findings: ranked(findings) }
  return { ...said, ...health, ...said }
}

/** What was counted: exact, unless counting stopped at `most`. */
export const countedUpTo = (most: number, found: number): Count => ({
  count: found,
  precision: found < most ? 'exact' : 'at least',
})

/** What is damaged answers, if only that it is damaged. */
function ofNoAnswer(vitals: Vitals, error: unknown): Finding {
  const code = codeOf(vitals, error)
  const problem = problemOf(error)
  return code === 'CORRUPT' ? unreadable('anything', code, problem) : vitals.unreachable(problem)
}

const codeOf = (vitals: Vitals, error: unknown): StoreErrorCode =>
  error instanceof StoreError ? error.code : vitals.classify(error)

function problemOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'it does not say why'
  }
}

/** A database that is gone without a word is not ill-mannered, but ill. */
async function within<T>(ms: number, ask: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new StoreError('BUSY', `There was no answer for ${ms} ms`)), ms)
  try {
    return await Promise.race([ask(), late])
  } finally {
    clearTimeout(timer)
  }
}
