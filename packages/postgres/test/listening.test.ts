import { setTimeout as sleep } from 'node:timers/promises'
import { tcpProxy } from '@consensus-store/conformance/services'
import type { ConsensusStore } from '@consensus-store/core'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { logPlace } from '../src/log.ts'
import { aClient, aDatabase, anAgent, aRun, aStore, SCHEMA, until } from './database.ts'
import { promptly } from './promptly.ts'

const withinMs = 600_000
const { channel } = logPlace(SCHEMA)

/** Server processes whose last statement said that they listen. */
async function listeners(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query(`select pid from pg_stat_activity where query like '%"listener"%'
    and datname = current_database() and pid <> pg_backend_pid()`)
  return rows.map(({ pid }) => pid)
}

const rowsIn = async (client: pg.Client, where = 'true'): Promise<number> =>
  (await client.query(`select from ${SCHEMA}.listener where ${where}`)).rows.length

/** Resolves when there is something behind the position. */
async function hear(store: ConsensusStore, after: number, signal?: AbortSignal): Promise<void> {
  while ((await store.events.readAll({ after, limit: 1 })).length === 0)
    await store.arrival(after, { withinMs, signal })
}

async function scene(change = {}) {
  const url = await aDatabase()
  const [store, client] = [await aStore({ url, ...change }), await aClient(url)]
  await aRun(store)
  return { url, store, client, after: await store.events.position() }
}

describe('a connection that listens', () => {
  test('is there from when somebody first waits until nobody is interested any more', async () => {
    const { store, client, after } = await scene()
    expect(await listeners(client)).toEqual([])
    const [one, other] = [new AbortController(), new AbortController()]
    await store.arrival(after, { withinMs: 1, signal: one.signal })
    await store.arrival(after, { withinMs: 1, signal: other.signal })
    await until(async () => (await rowsIn(client)) === 1, 'a listener')
    expect(await listeners(client)).toHaveLength(1)
    one.abort()
    await sleep(50)
    expect(await listeners(client)).toHaveLength(1)
    other.abort()

    await until(async () => (await listeners(client)).length === 0, 'its end')
    expect(await rowsIn(client)).toBe(0)
    await store.arrival(after, { withinMs: 1, signal: new AbortController().signal })
    await until(async () => (await rowsIn(client)) === 1, 'another one')
  })

  test('goes with the store', async () => {
    const { store, client, after } = await scene()
    const waiting = store.arrival(after, { withinMs, signal: new AbortController().signal })
    await until(async () => (await rowsIn(client)) === 1, 'a listener')
    await promptly(store.close(), 'closing')
    await waiting

    expect(await rowsIn(client)).toBe(0)
    await until(async () => (await listeners(client)).length === 0, 'its end')
  })

  test('is all that makes writers notify', async () => {
    const { store, client, after } = await scene()
    const heard: string[] = []
    client.on('notification', ({ channel }) => heard.push(channel))
    await client.query(`listen ${channel}`)
    await anAgent(store, 'a1')
    await store.transaction((tx) => anAgent(tx, 'a2'))
    await client.query('select 1')
    expect(heard).toEqual([])

    const done = new AbortController()
    const waiting = store.arrival(await store.events.position(), { withinMs, signal: done.signal })
    await until(async () => (await rowsIn(client)) === 1, 'a listener')
    await anAgent(store, 'a3')
    await waiting
    await until(async () => (await client.query('select 1')) && heard.length === 1, 'a notification')
    await store.transaction((tx) => anAgent(tx, 'a4'))
    await until(async () => (await client.query('select 1')) && heard.length === 2, 'another one')
    expect(heard).toEqual([channel, channel])
    done.abort()
    expect(after).toBeLessThan(await store.events.position())
  })

  test('that is ended by the server is made again, and nothing is missed meanwhile', async () => {
    const { store, client } = await scene()
    const done = new AbortController()
    for (let i = 0; i < 3; i++) {
      const after = await store.events.position()
      const heard = hear(store, after, done.signal)
      await until(async () => (await listeners(client)).length === 1, 'a listener')
      const [pid] = await listeners(client)
      await client.query('select pg_terminate_backend($1)', [pid])
      await anAgent(store, `a${i}`)
      await promptly(heard, 'hearing of what came meanwhile')
      await until(async () => !(await listeners(client)).includes(pid!), 'its end')
    }
    done.abort()
  })

  test('that the network cuts leaves who waits looking for itself', async () => {
    const url = await aDatabase()
    await using proxy = await tcpProxy(url)
    const [store, other] = [await aStore({ url: proxy.url, connectTimeoutMs: 1_000 }), await aStore({ url })]
    const client = await aClient(url)
    await aRun(other)
    const after = await store.events.position()
    const done = new AbortController()
    const waiting = hear(store, after, done.signal)
    await until(async () => (await rowsIn(client)) === 1, 'a listener')
    await proxy.cut()
    await anAgent(other, 'a1')
    await proxy.restore()

    await promptly(waiting, 'hearing of what came meanwhile')
    done.abort()
  })

  test('that says no more that it is there costs writers nothing after a while', async () => {
    const { store, client } = await scene()
    await client.query(
      `insert into ${SCHEMA}.listener values ('gone', now() - interval '1 second'), ('there', now() + interval '1 day')`,
    )
    const done = new AbortController()
    const waiting = store.arrival(await store.events.position(), { withinMs, signal: done.signal })
    const strangers = `id in ('gone', 'there')`
    await until(async () => (await rowsIn(client, `not ${strangers}`)) === 1, 'a listener')

    expect(await rowsIn(client, strangers)).toBe(1)
    done.abort()
    await waiting
  })

  for (const [ending, told] of [
    ['commits', 'a1'],
    ['is rolled back', 'r2'],
  ] as const) {
    test(`hears nothing of a transaction that was under way before and ${ending}: who waits looks for itself`, async () => {
      const { store, client, after } = await scene()
      const done = new AbortController()
      const [written, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const transaction = store.transaction(async (tx) => {
        await anAgent(tx, 'a1')
        written.resolve()
        await ended.promise
      })
      await written.promise
      const heard = hear(store, after, done.signal)
      await until(async () => (await rowsIn(client)) === 1, 'a listener')
      await aRun(store, 'r2')
      // Time to look, and to find that what there is cannot be read yet.
      await sleep(500)
      if (ending === 'commits') ended.resolve()
      else ended.reject(new Error('enough'))
      await transaction.catch((error: Error) => expect(error.message).toBe('enough'))

      await promptly(heard, 'hearing of what was settled')
      expect(JSON.stringify(await store.events.readAll({ after }))).toContain(told)
      done.abort()
    })
  }

  test('is not had behind a proxy that pools transactions: who waits looks for itself', async () => {
    const { store, client, after } = await scene({ preparedStatements: false })
    const waiting = hear(store, after)
    await sleep(50)
    expect(await rowsIn(client)).toBe(0)
    await anAgent(store, 'a1')

    await promptly(waiting, 'hearing of what came')
    expect(await rowsIn(client)).toBe(0)
  })
})
