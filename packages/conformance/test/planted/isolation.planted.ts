// Transactions at once do what they would one after the other, not merely nearly so.
import { systemEnv } from '@consensus-store/core'
import { plantSubject } from './plant.ts'
import { readCommittedStore } from './read-committed-store.ts'
import { snapshotStore } from './snapshot-store.ts'

plantSubject('transactions are merely READ COMMITTED', 'intermediate reads (G1b)', 'isolation', {
  open: async ({ env = systemEnv } = {}) => readCommittedStore(env),
})

plantSubject(
  'transactions merely have a SNAPSHOT',
  'write skew between agents of which one must stay (G2-item)',
  'isolation',
  {
    open: async ({ env = systemEnv } = {}) => snapshotStore(env),
  },
)
