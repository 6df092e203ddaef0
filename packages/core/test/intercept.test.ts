import { describe, expect, test } from 'vitest'
import { guard, intercept } from '../src/index.ts'
import { aStore } from './a-store.ts'

describe('an intercepted store', () => {
  test('has every call pass by its full name, inside transactions too', async () => {
    const seen: string[] = []
    const inner = aStore({
      runs: { get: async () => undefined },
      routes: { find: async () => undefined },
    })
    const store = intercept(inner, (operation, call) => {
      seen.push(operation)
      return call()
    })
    await store.runs.get('r1')
    await store.transaction(async (tx) => void (await tx.routes.find('a1')))
    await store.arrival(0, { withinMs: 0 })
    await store.identity()
    await store.health()
    await store.verify()
    await store.close()
    await store[Symbol.asyncDispose]()

    expect(seen).toEqual([
      'runs.get',
      'transaction',
      'routes.find',
      'arrival',
      'identity',
      'health',
      'verify',
      'close',
      'close',
    ])
  })

  test('gives what its decorator makes of an answer', async () => {
    const inner = aStore({ runs: { get: async () => undefined } })
    const store = intercept(inner, async (_operation, call) => ((await call()) ?? 'nothing') as never)

    expect(await store.runs.get('r1')).toBe('nothing')
  })

  test('includes methods that nobody had thought of, with their arguments and their own `this`', async () => {
    const runs = {
      word: 'later',
      async forget(id: string) {
        return `${this.word} ${id}`
      },
    }
    const inner = aStore({ runs: runs as object })
    const store = intercept(inner, (_operation, call) => call())

    expect(await (store.runs as unknown as typeof runs).forget('r1')).toBe('later r1')
  })

  test('keeps the name and what the store supports', () => {
    const inner = { ...aStore(), name: 'file', supports: { durable: true, shared: true } }

    expect(intercept(inner, (_operation, call) => call())).toMatchObject({
      name: 'file',
      supports: { durable: true, shared: true },
    })
  })

  test('leaves it to the store to refuse work that is no function', async () => {
    const store = intercept(
      guard(aStore(), () => 'CORRUPT'),
      (_operation, call) => call(),
    )

    await expect(store.transaction(undefined as never)).rejects.toMatchObject({
      code: 'INVALID',
      message: 'work must be a function',
    })
    await expect(store.transaction(async () => 'done')).resolves.toBe('done')
  })
})
