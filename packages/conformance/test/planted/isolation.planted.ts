// Transactions at once do what they would one after the other, not merely nearly so.
import { systemEnv } from '@consensus-store/core'
import { plantSubject } from './plant.ts'
import { readCommittedStore } from './read-committed-store.ts'
import { snapshotStore } from './snapshot-store.ts'

plantSubject('transactions are merely READ COMMITTED', 'isolation', {
  open: async ({ env = systemEnv } = {}) => readCommittedStore(env),
})

plantSubject('transactions merely have a SNAPSHOT', 'isolation', {
  open: async ({ env = systemEnv } = {}) => snapshotStore(env),
})
