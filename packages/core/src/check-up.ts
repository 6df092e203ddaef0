import { options as checkOptions, count } from './argument.ts'
import { type Env, now } from './env.ts'
import { invalid } from './error.ts'
import { judge, ranked, unreadable } from './findings.ts'
import type { Count, Finding, Health, HealthOptions } from './health.ts'
import { overdueRuns } from './overdue.ts'
import { checkPolicy } from './retention-policy.ts'
import type { ConsensusStore } from './store.ts'
import type { Vitals } from './vitals.ts'

/** How far things are counted that there should be none of. */
const COUNTED_AT_MOST = 1_000

/** A store whose health is asked for, as far as it takes part in that. */
export type CheckedStore = Pick<ConsensusStore, 'name' | 'chores' | 'runs'>

/** Health for any backend that tells its vitals. Rejects with INVALID for an option, and for nothing else. */
export async function checkUp(
  { name: store, chores, runs }: CheckedStore,
  vitals: Vitals,
  env: Env,
  options: HealthOptions = {},
): Promise<Health> {
  const limits = thresholds(options)
  const began = performance.now()
  const latency = () => performance.now() - began
  try {
    const facts = await within(vitals.patienceMs, vitals.facts)
    const latencyMs = latency()
    const findings: Finding[] = [...facts.findings]
    const part = async <T>(subject: string, ask: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await within(vitals.patienceMs, ask)
      } catch (error) {
        findings.push(unreadable(subject, error))
        return undefined
      }
    }
    const at = now(env)
    const longAgo = new Date(at.getTime() - limits.staleAfterMs)
    const [rows, space, oldestRunAt, open, overdue, listed] = await Promise.all([
      part('rows', vitals.rows),
      part('space', vitals.space),
      part('oldest run', vitals.oldestRunAt),
      part('stale executions', () => vitals.openSince(longAgo, COUNTED_AT_MOST)),
      part('overdue runs', () => overdueRuns(vitals, runs, at, options.policy)),
      part('chores', chores.list),
    ])
    const found = {
      store,
      latencyMs,
      settings: facts.settings,
      rows,
      space,
      oldestRunAt,
      overdue,
      stale: open === undefined ? undefined : countedUpTo(COUNTED_AT_MOST, open),
      chores: listed ?? [],
      details: facts.details,
    }
    findings.push(...judge(found, limits, at))
    return summedUp(found, findings)
  } catch (error) {
    const nothing = { rows: undefined, space: undefined, overdue: undefined, stale: undefined }
    return summedUp(
      {
        store,
        latencyMs: latency(),
        ...nothing,
        oldestRunAt: undefined,
        settings: [],
        chores: [],
        details: {},
      },
      [vitals.unreachable(error)],
    )
  }
}

/** Health with these findings in place of any others: what it says in all follows from them. */
export function summedUp(health: Omit<Health, 'ok' | 'findings'>, findings: readonly Finding[]): Health {
  const { store, latencyMs } = health
  const ok = !findings.some(({ severity }) => severity === 'error')
  const said = { ok, store, latencyMs, findings: ranked(findings) }
  return { ...said, ...health, ...said }
}

export const countedUpTo = (most: number, found: number): Count => ({
  count: found,
  precision: found < most ? 'exact' : 'at least',
})

export type Thresholds = Required<{
  [K in keyof Omit<HealthOptions, 'policy' | 'backupAgeMs'>]-?: number
}> & {
  readonly backupAgeMs: number
  readonly backupAsked: boolean
}

const HOUR_MS = 3_600_000
const MIB = 1_048_576

function thresholds(options: HealthOptions): Thresholds {
  const {
    policy,
    staleAfterMs = HOUR_MS,
    latencyMs = 250,
    freeShare = 0.25,
    walBytes = 256 * MIB,
    roomBytes = 256 * MIB,
    backupAgeMs,
  } = checkOptions(options, 'options')
  checkPolicy(policy)
  if (typeof freeShare !== 'number' || !(freeShare >= 0 && freeShare <= 1)) {
    throw invalid('freeShare', `must be a number from 0 to 1, not ${String(freeShare)}`)
  }
  return {
    staleAfterMs: count(staleAfterMs, 'staleAfterMs'),
    latencyMs: count(latencyMs, 'latencyMs'),
    freeShare,
    walBytes: count(walBytes, 'walBytes'),
    roomBytes: count(roomBytes, 'roomBytes'),
    backupAgeMs: backupAgeMs === undefined ? 7 * 24 * HOUR_MS : count(backupAgeMs, 'backupAgeMs'),
    backupAsked: backupAgeMs !== undefined,
  }
}

/** A database that is gone without a word is not ill-mannered, but ill. */
async function within<T>(ms: number, ask: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`There was no answer for ${ms} ms`)), ms)
  try {
    return await Promise.race([ask(), late])
  } finally {
    clearTimeout(timer)
  }
}
