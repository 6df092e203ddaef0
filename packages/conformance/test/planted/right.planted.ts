// Stores without a fault pass in the same way: what the suites find in the others is there.
import { memoryStore } from '@consensus-store/memory'
import { describe } from 'vitest'
import { describeStore, describeSuites } from '../../src/describe-store.ts'
import { fileSubject } from './file-subject.ts'

describe('nothing is wrong', () => {
  describeStore('in memory', { open: async (options) => memoryStore(options) })
  describeSuites('in a file', fileSubject('nothing is wrong'), [
    'idempotence',
    'transactions',
    'visibility',
    'isolation',
    'histories',
    'following',
    'racing',
    'restarting',
    'sharing',
    'killing',
  ])
})
