// Health says what is so, what of it is certain, and what to do; it rejects because of nothing but its own arguments.
import type { Health } from '@consensus-store/core'
import { plant } from './plant.ts'

const plantHealth = (fault: string, by: string, spoil: (said: Health) => Partial<Health>) =>
  plant(fault, by, 'health', (store) => ({
    ...store,
    async health(options) {
      const said = await store.health(options)
      return { ...said, ...spoil(said) }
    },
  }))

const without = ({ findings }: Health, subject: string) => ({
  findings: findings.filter((finding) => finding.subject !== subject),
})

plantHealth('health finds fault with nothing', 'is good in a store that nothing happened to', () => ({
  ok: false,
}))

plant('health waits for a transaction', 'answers while a transaction is open', 'health', (store) => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    ...store,
    health: () => last.then(() => store.health()),
    transaction(work) {
      const transaction = store.transaction(work)
      last = transaction.catch(() => undefined)
      return transaction
    },
  }
})

plant(
  'asking for health leaves a cursor behind',
  'is asked without changing anything',
  'health',
  (store) => ({
    ...store,
    async health(options) {
      await store.cursors.save('health', 1)
      return store.health(options)
    },
  }),
)

plantHealth(
  'an estimate is said to be exact',
  'says of a count that it is exact only when it is',
  ({ rows }) => ({
    rows: rows && {
      ...rows,
      events: rows.events.count > 20_000 ? { count: rows.events.count - 1, precision: 'exact' } : rows.events,
    },
  }),
)

plantHealth('an estimate is far off', 'says of a count that it is exact only when it is', ({ rows }) => ({
  rows: rows && {
    ...rows,
    events:
      rows.events.count > 20_000 ? { count: rows.events.count * 2, precision: 'estimated' } : rows.events,
  },
}))

plantHealth(
  'archived runs are counted twice',
  'counts the rows of each noun, those of archived runs no more',
  ({ rows }) => ({
    rows: rows && {
      ...rows,
      runs: { ...rows.runs, count: rows.runs.count + rows.archives.count },
    },
  }),
)

plantHealth(
  'what was counted so far is said to be all',
  'counts no further than is worth it, and says so',
  ({ stale }) => ({
    stale: stale && { ...stale, precision: 'exact' },
  }),
)

plantHealth(
  'stale executions are no finding',
  'finds executions that have been out for too long, as `stale` does',
  (said) => without(said, 'stale_executions'),
)

plantHealth(
  'overdue runs are no finding',
  'finds as many runs overdue as retention would take: by the default policy',
  (said) => without(said, 'overdue_runs'),
)

plant(
  'the policy that is asked about is not looked at',
  'finds as many runs overdue as retention would take: by one under which nothing is archived',
  'health',
  (store) => ({
    ...store,
    health: ({ policy: _, ...options } = {}) => store.health(options),
  }),
)

plant(
  'the latest runs of a stage are overdue like all others',
  'finds as many runs overdue as retention would take: by one that keeps the latest',
  'health',
  (store) => ({
    ...store,
    health: ({ policy: { keepLatest: _, ...policy } = {}, ...options } = {}) =>
      store.health({ ...options, policy }),
  }),
)

plant(
  'thresholds are not looked at',
  'finds executions that have been out for too long, as `stale` does',
  'health',
  (store) => ({
    ...store,
    health: ({ policy } = {}) => store.health({ policy }),
  }),
)

plantHealth(
  'what came of a chore is not shown',
  'shows who is at a chore, what came of it last, and what to do when it failed',
  ({ chores }) => ({
    chores: chores.map((chore) => ({ ...chore, last: undefined })),
  }),
)

plantHealth(
  'a chore that failed is no finding',
  'shows who is at a chore, what came of it last, and what to do when it failed',
  (said) => without(said, 'upkeep'),
)

plantHealth(
  'an old backup is no finding',
  'finds a backup that is too old, and one that was never made when asked',
  (said) => without(said, 'backup'),
)

plantHealth(
  'a finding comes without a remedy',
  'tells of each finding what to do about it, errors first',
  ({ findings }) => ({
    findings: findings.map((finding) => ({ ...finding, remedy: '' })),
  }),
)

plantHealth(
  'findings come as they were found',
  'tells of each finding what to do about it, errors first',
  ({ findings }) => ({ findings: findings.toReversed() }),
)

plantHealth(
  'the oldest run is the newest',
  'is good in a store that nothing happened to',
  ({ oldestRunAt }) => ({
    oldestRunAt: oldestRunAt && new Date(oldestRunAt.getTime() + 60_000),
  }),
)
