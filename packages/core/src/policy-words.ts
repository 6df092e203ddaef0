import type { PolicyJudgedBy } from './limits.ts'
import type { RetentionPolicy } from './retention.ts'

/** What a policy allows, for people. */
export function policyInWords({
  archiveAfterDays,
  deleteAfterDays,
  keepLatest,
  overrides = [],
}: RetentionPolicy): string {
  return [
    after('archive', archiveAfterDays ?? 30),
    after('delete', deleteAfterDays ?? 90),
    ...(keepLatest ? [`keep the latest ${keepLatest} of each spec and stage`] : []),
    ...(overrides.length > 0
      ? [`${overrides.length} ${overrides.length === 1 ? 'override' : 'overrides'}`]
      : []),
  ].join(', ')
}

const after = (action: string, days: number | 'never') =>
  days === 'never' ? `never ${action}` : `${action} after ${days} ${days === 1 ? 'day' : 'days'}`

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
