// Stores without a fault pass in the same way: what the suites find in the others is there.
import { memoryStore } from '@consensus-store/memory'
import { describe } from 'vitest'
import { describeStore, describeSuites } from '../../src/describe-store.ts'
import { cachedFileSubject } from './cached-file-subject.ts'
import { cachedStore } from './cached-store.ts'
import { fileSubject } from './file-subject.ts'

describe('nothing is wrong', () => {
  describeStore('in memory', { open: async (options) => memoryStore(options) })
  describeSuites('in a file', fileSubject('nothing is wrong'), [
    'deleting',
    'deletingMeanwhile',
    'idempotence',
    'transactions',
    'visibility',
    'isolation',
    'histories',
    'following',
    'arrivals',
    'watching',
    'cursors',
    'chores',
    'racing',
    'routing',
    'routeRaces',
    'restarting',
    'sharing',
    'killing',
  ])
  describeSuites('behind copies of routes', { open: async (options) => cachedStore(memoryStore(options)) }, [
    'routes',
    'routing',
    'routeRaces',
  ])
  describeSuites('behind copies of routes in every process', cachedFileSubject('nothing is wrong'), [
    'routing',
    'routeRaces',
  ])
})
