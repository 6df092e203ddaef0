import { isDeepStrictEqual } from 'node:util'
import { type ConsensusStore, type Env, systemEnv } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { anomalies } from '../src/isolation/anomalies.ts'
import { interleave } from '../src/isolation/schedule.ts'
import { resultOf, serialResults } from '../src/isolation/serial.ts'
import { twoThings, ways } from '../src/isolation/ways.ts'
import { readCommittedStore, readUncommittedStore } from './planted/read-committed-store.ts'
import { snapshotStore } from './planted/snapshot-store.ts'

const skews = (kind: string, sign: string) =>
  Object.keys(ways).map((what) => `${kind} skew in ${what} (${sign})`)
const readSkews = skews('read', 'G-single')
const writeSkews = skews('write', 'G2')

describe('the anomalies', () => {
  test('are none of memory', async () => {
    expect(await anomaliesOf((env) => memoryStore({ env }))).toEqual([])
  })

  test('of a snapshot are those that need two anti-dependencies, and no others', async () => {
    const found = await anomaliesOf(snapshotStore)

    expect(found).toEqual(expect.arrayContaining(writeSkews))
    expect(found).toContain('write skew between agents of which one must stay (G2-item)')
    expect(found).toContain('a reader who makes two writers impossible (G2)')
    expect(found.filter((name) => /G0|G1a|G1b|OTV|P4|G-single/.test(name))).toEqual([])
  })

  test('of READ COMMITTED are all but what is never committed', async () => {
    const found = await anomaliesOf(readCommittedStore)

    expect(found).toEqual(expect.arrayContaining([...readSkews, ...writeSkews]))
    expect(found.filter((name) => /P4|PMP|OTV/.test(name))).toHaveLength(5)
    expect(found.filter((name) => /G0|G1a/.test(name))).toEqual([])
  })

  test('of READ UNCOMMITTED are aborted and intermediate reads too', async () => {
    const found = await anomaliesOf(readUncommittedStore)

    expect(found).toContain('aborted reads (G1a)')
    expect(found).toContain('intermediate reads (G1b)')
  })

  test('of a store without transactions are dirty writes too', async () => {
    const found = await anomaliesOf((env) => {
      const store = memoryStore({ env })
      return { ...store, transaction: (work) => work(store) }
    })

    expect(found.filter((name) => name.includes('G0'))).not.toEqual([])
  })
})

async function anomaliesOf(open: (env: Env) => ConsensusStore): Promise<readonly string[]> {
  const opened = async () => {
    const store = open(systemEnv)
    await twoThings(store)
    return store
  }
  const found = await Promise.all(
    Object.entries(anomalies).map(async ([name, interleaving]) => {
      const store = await opened()
      const result = await resultOf(store, await interleave(store, interleaving))
      for await (const serial of serialResults(opened, interleaving, result)) {
        if (isDeepStrictEqual(serial, result)) return []
      }
      return [name]
    }),
  )
  return found.flat()
}
