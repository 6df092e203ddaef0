// Health says what is so, what of it is certain, and what to do; it rejects because of nothing but its own arguments.
import type { Health } from '@consensus-store/core'
import { plant } from './plant.ts'

const plantHealth = (fault: string, spoil: (said: Health) => Partial<Health>) =>
  plant(fault, 'health', (store) => ({
    ...store,
    async health(options) {
      const said = await store.health(options)
      return { ...said, ...spoil(said) }
    },
  }))

const without = ({ findings }: Health, subject: string) => ({
  findings: findings.filter((finding) => finding.subject !== subject),
})

plantHealth('health finds fault with nothing', () => ({ ok: false }))

plant('health waits for a transaction', 'health', (store) => {
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

plant('asking for health leaves a cursor behind', 'health', (store) => ({
  ...store,
  async health(options) {
    await store.cursors.save('health', 1)
    return store.health(options)
  },
}))

plantHealth('an estimate is said to be exact', ({ rows }) => ({
  rows: rows && {
    ...rows,
    events: rows.events.count > 20_000 ? { count: rows.events.count - 1, precision: 'exact' } : rows.events,
  },
}))

plantHealth('an estimate is far off', ({ rows }) => ({
  rows: rows && {
    ...rows,
    events:
      rows.events.count > 20_000 ? { count: rows.events.count * 2, precision: 'estimated' } : rows.events,
  },
}))

plantHealth('archived runs are counted twice', ({ rows }) => ({
  rows: rows && {
    ...rows,
    runs: { ...rows.runs, count: rows.runs.count + rows.archives.count },
  },
}))

plantHealth('what was counted so far is said to be all', ({ stale }) => ({
  stale: stale && { ...stale, precision: 'exact' },
}))

plantHealth('stale executions are no finding', (said) => without(said, 'stale_executions'))

plantHealth('overdue runs are no finding', (said) => without(said, 'overdue_runs'))

plant('the policy that is asked about is not looked at', 'health', (store) => ({
  ...store,
  health: ({ policy: _, ...options } = {}) => store.health(options),
}))

plant('the latest runs of a stage are overdue like all others', 'health', (store) => ({
  ...store,
  health: ({ policy: { keepLatest: _, ...policy } = {}, ...options } = {}) =>
    store.health({ ...options, policy }),
}))

plant('thresholds are not looked at', 'health', (store) => ({
  ...store,
  health: ({ policy } = {}) => store.health({ policy }),
}))

plantHealth('what came of a chore is not shown', ({ chores }) => ({
  chores: chores.map((chore) => ({ ...chore, last: undefined })),
}))

plantHealth('a chore that failed is no finding', (said) => without(said, 'upkeep'))

plantHealth('an old backup is no finding', (said) => without(said, 'backup'))

plantHealth('a finding comes without a remedy', ({ findings }) => ({
  findings: findings.map((finding) => ({ ...finding, remedy: '' })),
}))

plantHealth('findings come as they were found', ({ findings }) => ({ findings: findings.toReversed() }))

plantHealth('the oldest run is the newest', ({ oldestRunAt }) => ({
  oldestRunAt: oldestRunAt && new Date(oldestRunAt.getTime() + 60_000),
}))
