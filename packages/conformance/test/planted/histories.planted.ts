// Whatever many do at once, their histories can be explained by some serial order.
import { systemEnv } from '@consensus-store/core'
import { fileSubject } from './file-subject.ts'
import { plantSubject } from './plant.ts'
import { readCommittedStore, readUncommittedStore } from './read-committed-store.ts'
import { snapshotStore } from './snapshot-store.ts'

plantSubject(
  'at random times, transactions turn out to be READ UNCOMMITTED',
  'can be explained by some serial order',
  'histories',
  {
    open: async ({ env = systemEnv } = {}) => readUncommittedStore(env),
  },
)

plantSubject(
  'at random times, transactions turn out to be READ COMMITTED',
  'can be explained by some serial order',
  'histories',
  {
    open: async ({ env = systemEnv } = {}) => readCommittedStore(env),
  },
)

plantSubject(
  'at random times, transactions turn out to have a SNAPSHOT',
  'can be explained by some serial order',
  'histories',
  {
    open: async ({ env = systemEnv } = {}) => snapshotStore(env),
  },
)

const late = 'what other processes wrote is seen a moment later'
plantSubject(late, 'can be explained when several processes take part', 'histories', fileSubject(late))
