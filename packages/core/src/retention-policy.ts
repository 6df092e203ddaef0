import { at, count, labels, MAX_LIST_LENGTH, name, nothingElse, options } from './argument.ts'
import { invalid } from './error.ts'
import type { RetentionOverride, RetentionPolicy, RetentionRule } from './retention.ts'
import type { Run } from './run.ts'

const DAY_MS = 86_400_000

/** As far as a Date reaches from 1970. */
const MAX_DAYS = 100_000_000

/** A rule with nothing left unsaid. */
export interface RuleInForce {
  /** Milliseconds from a run's end, or Infinity for never. */
  readonly archiveAfterMs: number
  readonly deleteAfterMs: number
  readonly keepLatest: number
}

/** A policy that was checked. */
export interface PolicyInForce {
  ruleFor(run: Pick<Run, 'stage' | 'labels'>): RuleInForce
  readonly maxBytes: number | undefined
  /** How many of the latest any rule of it keeps. */
  readonly mostLatest: number
}

/** INVALID, naming the member, when a policy is not one or contradicts itself. */
export function checkPolicy(policy: RetentionPolicy = {}): PolicyInForce {
  const { overrides = [], maxBytes, ...rule } = options(policy, 'policy')
  const ofPolicy = ruleOf(rule, DEFAULTS, undefined)
  if (!Array.isArray(overrides)) throw invalid('overrides', 'must be an array')
  if (overrides.length > MAX_LIST_LENGTH) {
    throw invalid('overrides', `must have at most ${MAX_LIST_LENGTH} items, not ${overrides.length}`)
  }
  // A hole would be passed over by `map`; here it becomes an `undefined` that is refused by name.
  const checked = Array.from(overrides, (override, i) => checkOverride(override, ofPolicy, `overrides[${i}]`))
  for (const [i, later] of checked.entries()) {
    const before = checked.findIndex((earlier, j) => j < i && fitsAllOf(earlier.whom, later.whom))
    if (before >= 0)
      throw invalid(`overrides[${i}]`, `never counts: overrides[${before}] fits all of its runs`)
  }
  return {
    ruleFor: (run) => checked.find(({ whom }) => fits(whom, run))?.rule ?? ofPolicy,
    maxBytes: maxBytes === undefined ? undefined : count(maxBytes, 'maxBytes'),
    mostLatest: Math.max(ofPolicy.keepLatest, ...checked.map(({ rule }) => rule.keepLatest)),
  }
}

const DEFAULTS: RuleInForce = { archiveAfterMs: 30 * DAY_MS, deleteAfterMs: 90 * DAY_MS, keepLatest: 0 }

interface Whom {
  readonly stage: string | undefined
  readonly labels: readonly (readonly [string, string])[]
}

function checkOverride(override: RetentionOverride, ofPolicy: RuleInForce, path: string) {
  const { stage, labels: given = {}, ...rule } = options(override, path)
  const whom: Whom = {
    stage: stage === undefined ? undefined : name(stage, `${path}.stage`),
    labels: Object.entries(labels(given, `${path}.labels`)),
  }
  if (whom.stage === undefined && whom.labels.length === 0) {
    throw invalid(path, 'must name a stage or labels: what is for every run, the policy itself says')
  }
  return { whom, rule: ruleOf(rule, ofPolicy, path) }
}

function ruleOf(rule: RetentionRule, fallback: RuleInForce, path: string | undefined): RuleInForce {
  const { archiveAfterDays, deleteAfterDays, keepLatest = fallback.keepLatest, ...rest } = rule
  // What is misspelt would not be kept to, and what it was to keep would be gone.
  nothingElse(rest, path ?? 'policy')
  const inForce = {
    archiveAfterMs: days(archiveAfterDays, at('archiveAfterDays', path)) ?? fallback.archiveAfterMs,
    deleteAfterMs: days(deleteAfterDays, at('deleteAfterDays', path)) ?? fallback.deleteAfterMs,
    keepLatest: count(keepLatest, at('keepLatest', path)),
  }
  if (inForce.deleteAfterMs < inForce.archiveAfterMs && inForce.archiveAfterMs < Number.POSITIVE_INFINITY) {
    const [deletes, archives] = [inForce.deleteAfterMs / DAY_MS, inForce.archiveAfterMs / DAY_MS]
    const told = deleteAfterDays === undefined ? 'archiveAfterDays' : 'deleteAfterDays'
    throw invalid(
      at(told, path),
      `contradicts: runs would be deleted after ${deletes} days and archived after ${archives}; archiveAfterDays may be 'never'`,
    )
  }
  return inForce
}

function days(value: unknown, argument: string): number | undefined {
  if (value === undefined) return undefined
  if (value === 'never') return Number.POSITIVE_INFINITY
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_DAYS)) {
    const shown = typeof value === 'number' ? value : `a ${typeof value}`
    throw invalid(argument, `must be a number of days from 0 to ${MAX_DAYS}, or 'never', not ${shown}`)
  }
  return Math.round(value * DAY_MS)
}

const fits = ({ stage, labels }: Whom, run: Pick<Run, 'stage' | 'labels'>): boolean =>
  (stage === undefined || stage === run.stage) &&
  labels.every(([key, value]) => Object.hasOwn(run.labels, key) && run.labels[key] === value)

/** Whether whatever fits `narrow` fits `wide` too. */
const fitsAllOf = (wide: Whom, narrow: Whom): boolean =>
  (wide.stage === undefined || wide.stage === narrow.stage) &&
  wide.labels.every(([key, value]) => narrow.labels.some(([k, v]) => k === key && v === value))
