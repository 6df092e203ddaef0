import { describe, expect, test } from 'vitest'
import { guard, type Nouns, StoreError } from '../src/index.ts'
import { aStore } from './a-store.ts'

const found = { runs: { get: async () => undefined } }

describe('a guarded store', () => {
  test('lets a transaction use its tx', async () => {
    const store = guard(aStore(found), () => 'CORRUPT')

    expect(await store.transaction((tx) => tx.runs.get('r1'))).toBeUndefined()
  })

  test('refuses itself inside a transaction, and a tx outside its own', async () => {
    const store = guard(aStore(found), () => 'CORRUPT')
    let kept: Nouns | undefined

    await store.transaction(async (tx) => {
      kept = tx
      await expect(store.runs.get('r1')).rejects.toMatchObject({ code: 'INVALID' })
    })

    await expect(kept!.runs.get('r1')).rejects.toMatchObject({ code: 'INVALID' })
    expect(await store.runs.get('r1')).toBeUndefined()
  })

  test('lets one store be used inside the transaction of another', async () => {
    const [one, other] = [aStore(found), aStore(found)].map((store) => guard(store, () => 'CORRUPT'))

    expect(await one!.transaction(() => other!.runs.get('r1'))).toBeUndefined()
  })

  for (const [how, fail] of Object.entries({
    'is rejected with': () => Promise.reject(new RangeError('disk on fire')),
    'is thrown': () => {
      throw new RangeError('disk on fire')
    },
  })) {
    test(`makes a StoreError of what ${how}, with the code it is told and the cause`, async () => {
      const store = guard(aStore({ runs: { get: fail } }), (error) =>
        error instanceof RangeError ? 'UNAVAILABLE' : 'CORRUPT',
      )

      await expect(store.runs.get('r1')).rejects.toMatchObject({
        name: 'StoreError',
        code: 'UNAVAILABLE',
        retryable: true,
        message: 'runs.get failed on nothing: disk on fire',
        cause: new RangeError('disk on fire'),
      })
      await expect(store.transaction((tx) => tx.runs.get('r1'))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      })
    })
  }

  test('leaves a StoreError as it is', async () => {
    const busy = new StoreError('BUSY', 'Others are writing')
    const store = guard(aStore({ runs: { get: () => Promise.reject(busy) } }), () => 'CORRUPT')

    await expect(store.runs.get('r1')).rejects.toBe(busy)
  })

  test('gives what a transaction’s work threw, and translates what its own commit threw', async () => {
    const mine = new RangeError('mine')
    const store = guard(
      {
        ...aStore(),
        async transaction(work) {
          await work(aStore())
          throw new RangeError('commit failed')
        },
      },
      () => 'UNAVAILABLE',
    )

    await expect(store.transaction(() => Promise.reject(mine))).rejects.toBe(mine)
    await expect(store.transaction(async () => 'done')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'transaction failed on nothing: commit failed',
    })
  })

  test('closes when all that is under way is done, however it ends', async () => {
    const happened: string[] = []
    const [found, failed] = [Promise.withResolvers<undefined>(), Promise.withResolvers<never>()]
    const store = guard(
      {
        ...aStore({ runs: { get: () => found.promise, latest: () => failed.promise } }),
        close: async () => void happened.push('closed'),
      },
      () => 'UNAVAILABLE',
    )
    const calls = [
      store.runs.get('r1').then(() => happened.push('found')),
      store.runs.latest({ specId: 'S', stage: 'plan' }).catch(() => happened.push('failed')),
      store.transaction((tx) => tx.runs.get('r1')).then(() => happened.push('done')),
    ]
    const closing = store.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(happened).toEqual([])
    found.resolve(undefined)
    failed.reject(new RangeError('disk on fire'))
    await Promise.all([...calls, closing])

    expect(happened.at(-1)).toBe('closed')
    expect(happened).toHaveLength(4)
  })

  test('closes once, and is closed from then on', async () => {
    let closed = 0
    const store = guard({ ...aStore(found), close: async () => void closed++ }, () => 'CORRUPT')
    await Promise.all([store.close(), store.close(), store[Symbol.asyncDispose]()])

    expect(closed).toBe(1)
    await expect(store.runs.get('r1')).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(store.transaction(async () => undefined)).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(store.health()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
