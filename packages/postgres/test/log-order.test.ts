import type { ConsensusStore } from '@consensus-store/core'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { POSITION_SEQUENCE } from '../src/dialect.ts'
import { logOrder, logPlace } from '../src/log.ts'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, SCHEMA } from './database.ts'

/** Follows the log as far as it goes, from the last event seen. */
async function follow(store: ConsensusStore, seen: number[]): Promise<void> {
  while (true) {
    const events = await store.events.readAll({ after: seen.at(-1) ?? 0, limit: 7 })
    seen.push(...events.map(({ position }) => position))
    if (events.length === 0) return
  }
}

/** The query that everybody writes first. */
async function followNaively(client: pg.Client, seen: number[]): Promise<void> {
  const { rows } = await client.query(
    `select position::int from ${SCHEMA}.event where position > $1 order by position`,
    [seen.at(-1) ?? 0],
  )
  seen.push(...rows.map(({ position }) => position))
}

async function positions(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query(`select position::int from ${SCHEMA}.event order by position`)
  return rows.map(({ position }) => position)
}

/** A transaction that wrote a run, as the store writes one, and stays open. Without isolation it is never run again. */
async function lateRun(client: pg.Client): Promise<void> {
  const sequence = `${SCHEMA}.${POSITION_SEQUENCE}`
  const { text, values } = logOrder(logPlace(SCHEMA), false).announce
  await client.query('begin')
  await client.query(text, values)
  await client.query(`create temporary table late on commit drop as select * from ${SCHEMA}.run`)
  await client.query(`update late set id = 'late'`)
  await client.query(`insert into ${SCHEMA}.run select * from late`)
  await client.query(`insert into ${SCHEMA}.event (run_id, sequence, position, type, at, data)
    select 'late', 1, nextval('${sequence}'), type, at, data from ${SCHEMA}.event where run_id = 'r'`)
}

describe('a reader that follows the log', () => {
  test('misses nothing of a transaction that took its position early and commits late; the naive query does', async () => {
    const url = await aDatabase()
    const others = await aStore({ url })
    const client = await aClient(url)
    await aRun(others, 'r')
    const late = await aClient(url)
    await lateRun(late)
    await Promise.all(numbered('o', 20).map((id) => aRun(others, id)))
    const [seen, seenNaively]: [number[], number[]] = [[], []]
    await follow(others, seen)
    await followNaively(client, seenNaively)
    await late.query('commit')
    await follow(others, seen)
    await followNaively(client, seenNaively)

    const all = await positions(client)
    expect(all).toHaveLength(22)
    expect(seen).toEqual(all)
    expect(seenNaively).toHaveLength(21)
    expect(await others.events.readAll({ limit: 1_000 })).toHaveLength(22)
  })

  test('misses nothing under writers of all kinds', { timeout: 120_000 }, async () => {
    const url = await aDatabase()
    const stores = [await aStore({ url }), await aStore({ url })]
    const reader = await aStore({ url })
    const client = await aClient(url)
    await Promise.all(numbered('r', 10).map((id) => aRun(stores[0]!, id)))
    let writing = true
    const writes = Promise.all(
      stores.flatMap((store, s) =>
        numbered('r', 10).map(async (runId, i) => {
          for (let n = 0; n < 12; n++) {
            const agentId = `${s} ${runId} ${n}`
            if (i % 3 > 0) await anAgent(store, agentId, { runId })
            else {
              await store.transaction(async (tx) => {
                await aRun(tx, agentId)
                await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
              })
            }
          }
        }),
      ),
    ).finally(() => {
      writing = false
    })
    const [seen, seenNaively]: [number[], number[]] = [[], []]
    while (writing) {
      await follow(reader, seen)
      await followNaively(client, seenNaively)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await writes
    await follow(reader, seen)

    const all = await positions(client)
    expect(all).toHaveLength(10 + 2 * 10 * 12)
    expect(seen).toEqual(all)
    expect(seenNaively.length).toBeLessThan(all.length)
  })

  test('is not stopped by a backend that was killed with a position taken: it leaves a gap', async () => {
    const url = await aDatabase()
    const [doomed, store] = [await aStore({ url, applicationName: 'doomed' }), await aStore({ url })]
    const client = await aClient(url)
    await aRun(store)
    const [taken, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const late = doomed.transaction(async (tx) => {
      await aRun(tx, 'late')
      taken.resolve()
      await release.promise
    })
    await taken.promise
    await aRun(store, 'r2')
    expect(await store.events.readAll()).toHaveLength(1)
    await client.query(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'doomed'`,
    )
    const [first, second, ...more] = await store.events.readAll()
    expect(more).toEqual([])
    expect(second!.position - first!.position).toBe(2)
    release.resolve()
    await late
    expect((await store.events.readAll()).map(({ runId }) => runId)).toEqual(['r1', 'r2', 'late'])
  })
})
