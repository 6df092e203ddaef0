import { count, nothingElse, options as object } from './argument.ts'
import type { Chore } from './chore.ts'
import { invalid, StoreError } from './error.ts'
import type { HealthOptions } from './health.ts'
import type { RetentionPolicy } from './retention.ts'
import { checkPolicy } from './retention-policy.ts'

/** What health judges by: the options, with nothing left unsaid but the policy. */
export interface Limits extends Readonly<Record<Threshold, number>> {
  readonly policy: RetentionPolicy | undefined
  readonly backupAgeMs: number
  /** Whether a store that never had a backup is to have one. */
  readonly backupAsked: boolean
}

type Threshold = 'staleAfterMs' | 'latencyMs' | 'freeShare' | 'walBytes' | 'roomBytes'

const HOUR_MS = 3_600_000
const MIB = 1_048_576

/** INVALID for whatever a caller can pass that is no options, and nothing else. */
export function limitsOf(given: HealthOptions): Limits {
  try {
    return checked(given)
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError('INVALID', 'options cannot be read', { cause: error })
  }
}

function checked(given: HealthOptions): Limits {
  const {
    policy,
    staleAfterMs = HOUR_MS,
    latencyMs = 250,
    freeShare = 0.25,
    walBytes = 256 * MIB,
    roomBytes = 256 * MIB,
    backupAgeMs,
    ...rest
  } = object(given, 'options')
  nothingElse(rest, 'options')
  return {
    policy: policy === undefined ? undefined : policyRead(policy),
    staleAfterMs: count(staleAfterMs, 'staleAfterMs'),
    latencyMs: count(latencyMs, 'latencyMs'),
    freeShare: share(freeShare, 'freeShare'),
    walBytes: count(walBytes, 'walBytes'),
    roomBytes: count(roomBytes, 'roomBytes'),
    backupAgeMs: backupAgeMs === undefined ? 7 * 24 * HOUR_MS : count(backupAgeMs, 'backupAgeMs'),
    backupAsked: backupAgeMs !== undefined,
  }
}

function share(value: unknown, argument: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw invalid(argument, `must be a number from 0 to 1${typeof value === 'number' ? `, not ${value}` : ''}`)
}

/** Read once, so that what is judged by is what was checked. */
function policyRead(policy: RetentionPolicy): RetentionPolicy {
  checkPolicy(policy)
  const copy = structuredClone(policy)
  checkPolicy(copy)
  return copy
}

/** A policy that runs are judged by, and whether a command line can be told to go by the same. */
export interface PolicyJudgedBy {
  readonly policy: RetentionPolicy
  /** False when it is only the default one because what retention went by last cannot be read. */
  readonly known: boolean
}

/**
 * The policy that was given; else the one that retention last went by, as it kept it; else the default one. `chores` is `undefined`
 * when nobody can tell of them.
 */
export function policyToJudgeBy(
  given: RetentionPolicy | undefined,
  chores: readonly Chore[] | undefined,
): PolicyJudgedBy {
  if (given) return { policy: given, known: true }
  if (!chores) return { policy: {}, known: false }
  const last = chores.find(({ name }) => name === 'retention')?.last
  if (!last) return { policy: {}, known: true }
  const kept = policyKept(last.summary.policy)
  return { policy: kept ?? {}, known: kept !== undefined }
}

function policyKept(json: unknown): RetentionPolicy | undefined {
  if (typeof json !== 'string') return undefined
  try {
    const policy = JSON.parse(json)
    checkPolicy(policy)
    return policy
  } catch {
    return undefined
  }
}
