import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { temporaryFile } from './temporary.ts'

/** A store, and a second connection that holds the write lock until it is told to let go. */
async function lockedStore(busyTimeoutMs: number) {
  const path = temporaryFile()
  const store = await sqliteStore({ path, busyTimeoutMs })
  await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
  const other = new Database(path)
  other.exec('begin immediate')
  return { store, release: () => other.exec('commit'), close: () => other.close() }
}

const spawn = (agentId: string) => ({
  agentId,
  runId: 'r1',
  agentName: 'gemini',
  phaseType: 'regular-stage' as const,
})

describe('another process that is writing', () => {
  test('is waited for, while the event loop goes on', async () => {
    const { store, release, close } = await lockedStore(60_000)
    const happened: string[] = []
    const write = store.executions.spawn(spawn('a1')).then(() => happened.push('written'))
    await new Promise((resolve) => setTimeout(resolve, 120))
    happened.push('a timer fired')
    release()
    await write
    expect(happened).toEqual(['a timer fired', 'written'])
    await store.close()
    close()
  })

  test('makes writes and transactions BUSY when it takes too long, and nothing else', async () => {
    const { store, release, close } = await lockedStore(50)
    const writes = [
      store.executions.spawn(spawn('a1')),
      store.executions.spawn(spawn('a2')),
      store.transaction((tx) => tx.executions.spawn(spawn('a3'))),
      store.executions.spawn(spawn('a4')),
    ]
    for (const write of await Promise.allSettled(writes)) {
      expect(write).toMatchObject({ status: 'rejected', reason: { code: 'BUSY', retryable: true } })
    }
    expect((await store.executions.list()).items).toEqual([])

    release()
    await store.executions.spawn(spawn('a1'))
    expect((await store.executions.list()).items).toHaveLength(1)
    await store.close()
    close()
  })

  test('is not waited for by readers', async () => {
    const { store, close } = await lockedStore(60_000)
    expect(await store.runs.get('r1')).toBeDefined()
    close()
    await store.close()
  })
})

test('opening does not wait for another process that is writing', async () => {
  const path = temporaryFile()
  await (await sqliteStore({ path })).close()
  const other = new Database(path)
  other.exec('begin immediate')
  const store = await sqliteStore({ path, busyTimeoutMs: 0 })
  expect(await store.runs.list()).toEqual({ items: [], next: undefined })
  await store.close()
  other.close()
})
