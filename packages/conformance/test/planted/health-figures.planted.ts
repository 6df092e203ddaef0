// What health counts is counted from all there is, judged by the right policy, and said to be as certain as it is.
import type { ConsensusStore, Health, HealthOptions } from '@consensus-store/core'
import { plant } from './plant.ts'

const plantHealth = (
  fault: string,
  by: string,
  spoil: (said: Health, store: ConsensusStore) => Partial<Health> | Promise<Partial<Health>>,
) =>
  plant(fault, by, 'health', (store) => ({
    ...store,
    async health(options) {
      const said = await store.health(options)
      return { ...said, ...(await spoil(said, store)) }
    },
  }))

const plantOptions = (fault: string, by: string, change: (options: HealthOptions) => HealthOptions) =>
  plant(fault, by, 'health', (store) => ({
    ...store,
    health: (options) => store.health(change(options ?? {})),
  }))

const ROWS = 'counts the rows of each noun, those of archived runs no more'

plant('archives are counted, and never fewer of them', ROWS, 'health', (store) => {
  let most = 0
  return {
    ...store,
    async health(options) {
      const said = await store.health(options)
      most = Math.max(most, said.rows!.archives.count)
      return { ...said, rows: { ...said.rows!, archives: { count: most, precision: 'exact' } } }
    },
  }
})

plantHealth(
  'the oldest run is looked for among those that are not archived',
  'knows the oldest run there is, also when it is archived',
  async (_said, store) => {
    const { items } = await store.runs.list({ archived: false, limit: 1_000 })
    return { oldestRunAt: items.at(-1)?.startedAt }
  },
)

plantHealth(
  'overdue runs are counted as far as is worth it, and that is said to be all',
  'says of many overdue runs how many there are, or how many at least',
  ({ overdue }) => ({ overdue: overdue && { count: overdue.count, precision: 'exact' } }),
)

plantHealth(
  'overdue runs of which there is no end are not known',
  'says of many overdue runs how many there are, or how many at least',
  ({ overdue }) => ({ overdue: overdue?.precision === 'exact' ? overdue : undefined }),
)

for (const what of [
  'any number of runs that an override keeps',
  'any number of runs that are the latest of their specs',
  'any number of archives that are never deleted',
]) {
  plantHealth(
    `only the 250 oldest runs are looked at, ${what} among them`,
    `finds what is overdue behind ${what}`,
    ({ rows, overdue, findings }) =>
      rows!.runs.count + rows!.archives.count < 250 || overdue!.count > 2
        ? {}
        : {
            overdue: { count: 0, precision: 'exact' },
            findings: findings.filter(({ subject }) => subject !== 'overdue_runs'),
          },
  )
}

const POLICY = 'judges by the policy it is given, else by the one that retention went by last'

plantOptions('the default policy is for everybody who says no other', POLICY, (options) => ({
  policy: {},
  ...options,
}))

plantOptions('who says another policy is not heard', POLICY, ({ policy: _, ...options }) => options)

plantHealth('what is overdue is to be taken by the default policy', POLICY, ({ findings }) => ({
  findings: findings.map((finding) =>
    finding.subject === 'overdue_runs' ? { ...finding, remedy: 'Do it: consensus upkeep.' } : finding,
  ),
}))

plantHealth(
  'whatever failed, all is to be done',
  'has for a chore that failed a remedy that does that chore and no other',
  ({ findings }) => ({ findings: findings.map((finding) => ({ ...finding, remedy: 'consensus upkeep' })) }),
)

plantOptions(
  'what is misspelt is passed over',
  'refuses what is no option, and nothing else',
  ({ policy, staleAfterMs, latencyMs, freeShare, walBytes, roomBytes, backupAgeMs }) => ({
    policy,
    staleAfterMs,
    latencyMs,
    freeShare,
    walBytes,
    roomBytes,
    backupAgeMs,
  }),
)

plantOptions('a threshold can be too large', 'takes any threshold there can be', (options) => {
  if ((options.staleAfterMs ?? 0) > 8.64e15) throw new RangeError('Invalid time value')
  return options
})
