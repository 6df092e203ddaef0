import type { Bundle, RetentionPolicy, RetentionRule, Run } from '@consensus-store/core'
import { DAY_MS, type Seen } from './old-runs.ts'

interface Look {
  readonly run: Run
  readonly rule: Required<RetentionRule>
  readonly endedAt: number
  readonly bytes: number
}

type Said = readonly [action: string, why: string]

/** What a plan must say of each run that was seen, worked out in the plainest way. Of all bodies, only responses may weigh anything. */
export function expectedPlan(seen: Seen, policy: RetentionPolicy, today: Date): Record<string, string> {
  const looks = [...seen.values()].map(
    ({ run, bundle }): Look => ({
      run,
      rule: ruleFor(run, policy),
      endedAt: (run.concludedAt ?? bundle.events.at(-1)!.at).getTime(),
      bytes: bytesOf(bundle),
    }),
  )
  const said = new Map(
    looks.map((look) => [look.run.id, untouched(look, seen) ?? byAge(look, today.getTime())]),
  )

  const stays = looks.filter(({ run }) => said.get(run.id)![0] === 'keep' && !run.archivedAt)
  const early = stays
    .filter(({ run, rule }) => said.get(run.id)![1] === 'young' && mayEverGo(rule))
    .sort((a, b) => a.endedAt - b.endedAt || (a.run.id < b.run.id ? -1 : 1))
  let hot = stays.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { run, rule, bytes } of early) {
    if (hot <= (policy.maxBytes ?? Number.POSITIVE_INFINITY)) break
    said.set(run.id, [rule.archiveAfterDays === 'never' ? 'delete' : 'archive', 'budget'])
    hot -= bytes
  }
  return Object.fromEntries([...said].map(([id, words]) => [id, words.join(': ')]))
}

function ruleFor({ stage, labels }: Run, { overrides = [], ...policy }: RetentionPolicy) {
  const override = overrides.find(
    (each) =>
      (each.stage ?? stage) === stage &&
      Object.entries(each.labels ?? {}).every(([key, value]) => labels[key] === value),
  )
  return { archiveAfterDays: 30, deleteAfterDays: 90, keepLatest: 0, ...policy, ...override } as Look['rule']
}

function untouched({ run, rule }: Look, seen: Seen): Said | undefined {
  const { bundle } = seen.get(run.id)!
  if (run.status === 'running') return ['keep', 'running']
  if (bundle.executions.some(({ endedAt }) => endedAt === undefined)) return ['keep', 'in flight']
  if (run.pinned) return ['keep', 'pinned']
  const newer = [...seen.values()].filter((other) => isNewer(other.run, run))
  return newer.length < (rule.keepLatest ?? 0) ? ['keep', 'latest'] : undefined
}

function byAge({ run, rule, endedAt }: Look, today: number): Said {
  const isDue = (days: Look['rule']['deleteAfterDays']) =>
    typeof days === 'number' && today - endedAt >= Math.round(days * DAY_MS)
  if (isDue(rule.deleteAfterDays)) {
    const archivesFirst = !run.archivedAt && rule.archiveAfterDays !== 'never'
    return [archivesFirst ? 'archive and delete' : 'delete', 'age']
  }
  return !run.archivedAt && isDue(rule.archiveAfterDays) ? ['archive', 'age'] : ['keep', 'young']
}

const mayEverGo = ({ archiveAfterDays, deleteAfterDays }: RetentionRule): boolean =>
  archiveAfterDays !== 'never' || deleteAfterDays !== 'never'

const isNewer = (other: Run, run: Run): boolean =>
  other.specId === run.specId &&
  other.stage === run.stage &&
  (other.startedAt.getTime() - run.startedAt.getTime() || (other.id > run.id ? 1 : -1)) > 0 &&
  other.id !== run.id

const bytesOf = ({ executions }: Bundle): number =>
  executions.reduce((sum, { responseBytes }) => sum + (responseBytes ?? 0), 0)
