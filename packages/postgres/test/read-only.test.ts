import { replay } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { aClient, aDatabase, anAgent, aRun, aStore } from './database.ts'

describe('a server that takes no writes', () => {
  test('answers reads, and makes writes UNAVAILABLE with its reason', async () => {
    const url = await aDatabase()
    const before = await postgresStore({ url })
    await aRun(before)
    await anAgent(before, 'a1')
    await before.close()
    const admin = await aClient(url)
    const name = new URL(url).pathname.slice(1)
    await admin.query(`alter database ${name} set default_transaction_read_only = on`)

    const store = await aStore({ url })
    expect(await store.routes.find('a1')).toMatchObject({ runId: 'r1' })
    expect(await store.runs.bundle('r1')).toBeDefined()
    expect(await store.events.readAll()).toHaveLength(2)
    // The snapshot that it would leave behind cannot be kept.
    expect((await replay(store, 'r1', { snapshotEvery: 1 })).run.lastSequence).toBe(2)
    expect(await store.verify()).toMatchObject({ runs: 1, differences: [] })
    expect(await store.transaction((tx) => tx.runs.get('r1'))).toBeDefined()
    const writes = [
      aRun(store, 'r2'),
      store.executions.complete('a1', { response: 'done' }),
      store.artifacts.add({ runId: 'r1', agentName: 'gemini', content: 'x'.repeat(9_000) }),
      store.transaction((tx) => aRun(tx, 'r3')),
    ]
    for (const outcome of await Promise.allSettled(writes)) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'UNAVAILABLE', message: expect.stringContaining('read-only') },
      })
    }
    expect(await store.health()).toMatchObject({ ok: false, findings: [{ subject: 'server' }] })
    await expect(postgresStore({ url, schema: 'another' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('read-only'),
    })
  })

  test('and is a replica makes following the log UNAVAILABLE too: it cannot tell how far that is settled', async () => {
    const url = await aDatabase()
    const client = await aClient(url)
    // As close to a replica as one server comes: it says that it is one.
    await client.query(`create schema replica; create function replica.pg_is_in_recovery() returns boolean
      language sql as 'select true'`)
    await client.query(
      `alter database ${new URL(url).pathname.slice(1)} set search_path = replica, pg_catalog, public`,
    )
    const store = await aStore({ url })
    await aRun(store)

    await expect(store.events.readAll()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('replica'),
    })
    expect(await store.events.read('r1')).toHaveLength(1)
    expect(await store.verify()).toMatchObject({ runs: 1, differences: [] })
    expect(await store.health()).toMatchObject({
      findings: [{ message: expect.stringContaining('replica') }],
    })
  })
})
