import type { PolicyJudgedBy } from './limits.ts'
import type { RetentionPolicy } from './retention.ts'
import { checkPolicy } from './retention-policy.ts'

const DAY_MS = 86_400_000

/** What a policy allows, for people. */
export function policyInWords(policy: RetentionPolicy): string {
  const { overrides = [] } = policy
  // No override fits a run of no stage and without labels.
  const { archiveAfterMs, deleteAfterMs, keepLatest } = checkPolicy(policy).ruleFor({ stage: '', labels: {} })
  return [
    after('archive', archiveAfterMs / DAY_MS),
    after('delete', deleteAfterMs / DAY_MS),
    ...(keepLatest > 0 ? [`keep the latest ${keepLatest} of each spec and stage`] : []),
    ...(overrides.length > 0
      ? [`${overrides.length} ${overrides.length === 1 ? 'override' : 'overrides'}`]
      : []),
  ].join(', ')
}

const after = (action: string, days: number) =>
  days === Number.POSITIVE_INFINITY
    ? `never ${action}`
    : `${action} after ${days} ${days === 1 ? 'day' : 'days'}`

/** The options that have a command go by a policy, with a space before them; empty for the default one. */
export function policyAsOptions({ policy, known }: PolicyJudgedBy): string {
  const { archiveAfterDays, deleteAfterDays, keepLatest, maxBytes, overrides = [] } = policy
  if (!known || overrides.length > 0) return ' --policy <the file you use>'
  return Object.entries({
    'archive-after': archiveAfterDays,
    'delete-after': deleteAfterDays,
    'keep-latest': keepLatest,
    'max-size': maxBytes,
  })
    .map(([option, value]) => (value === undefined ? '' : ` --${option} ${value}`))
    .join('')
}
