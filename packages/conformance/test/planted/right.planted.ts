// Stores without a fault pass in the same way: what the suites find in the others is there.
import { retentionOver, systemEnv } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { describe } from 'vitest'
import { describeStore, describeSuites, suites } from '../../src/describe-store.ts'
import { storeTest } from '../../src/store-test.ts'
import type { OpenOptions } from '../../src/subject.ts'
import { cachedFileSubject } from './cached-file-subject.ts'
import { cachedStore } from './cached-store.ts'
import { fileSubject } from './file-subject.ts'
import { onlyTest } from './plant.ts'
import { publicHoldings } from './public-holdings.ts'

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
  // Retention there changes what no other process hears of, so of upkeep it does no more than what it is broken for.
  onlyTest('in many places is done in one of them at a time, once each time it is due', () =>
    suites.upkeep(storeTest(fileSubject('nothing is wrong'))),
  )
  describeSuites('of which every caller sees what retention sees', { open: withPublicHoldings }, [
    'retention',
    'retentionMeanwhile',
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

async function withPublicHoldings({ env = systemEnv }: OpenOptions = {}) {
  const store = memoryStore({ env })
  return { ...store, retention: retentionOver(publicHoldings(store), env) }
}
