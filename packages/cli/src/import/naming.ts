import { invalid, type PhaseType, type Verdict } from '@consensus-store/core'

/** `spec-plan` and `plan` are one stage: the tools that wrote these sources used both names for it. */
export const stageName = (given: string): string => given.replace(/^spec-(?=.)/, '')

/** A name its writer forgot to fill in, as in `${spec}`, says nothing. */
export const filledIn = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('${')

interface Claims {
  readonly status?: unknown
  readonly degraded?: unknown
  readonly consensusOk?: unknown
}

/** A word that is neither a success nor a failure, such as `hold`, is a success with reservations. */
export function verdictOf({ status, degraded, consensusOk }: Claims): Verdict {
  const word = typeof status === 'string' ? status.toLowerCase() : undefined
  if (word === 'failed' || word === 'error') return 'failed'
  if (isSet(degraded)) return 'degraded'
  if (word === undefined) return isUnset(consensusOk) ? 'failed' : 'unanimous'
  return word === 'ok' || word === 'unanimous' ? 'unanimous' : 'degraded'
}

const isSet = (flag: unknown) => flag === true || flag === 1
const isUnset = (flag: unknown) => flag === false || flag === 0

const phaseTypes = new Map<unknown, PhaseType>([
  ['quality_gate', 'quality-gate'],
  ['quality-gate', 'quality-gate'],
  ['regular_stage', 'regular-stage'],
  ['regular-stage', 'regular-stage'],
  ['regular', 'regular-stage'],
])

export function phaseTypeOf(word: unknown): PhaseType {
  const known = phaseTypes.get(word)
  if (known) return known
  throw invalid('phase_type', `must be quality_gate or regular_stage, not ${JSON.stringify(word)}`)
}
