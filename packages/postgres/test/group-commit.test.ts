import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, SCHEMA } from './database.ts'

const agents = numbered('a', 50)

describe('group commit', () => {
  test('gives writes that are waiting a transaction together', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await aRun(store)
    await Promise.all(agents.map((agentId) => anAgent(store, agentId)))
    const { rows } = await (await aClient(url)).query(
      `select count(distinct xmin::text)::int as transactions from ${SCHEMA}.execution`,
    )

    expect(rows[0].transactions).toBeLessThan(agents.length / 4)
    expect(await store.verify()).toMatchObject({ events: 51, differences: [] })
  })

  test('lets no write suffer for others that fail, nor leave half of itself behind', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await aRun(store)
    const client = await aClient(url)
    await client.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused by a trigger'; end $$`)
    // Fails in the middle of the write: the run is claimed, the event is not there.
    await client.query(`create trigger refuse before insert on ${SCHEMA}.event for each row
      when (new.data ~ '"a\\d*7"') execute function refuse()`)
    const outcomes = await Promise.allSettled(agents.map((agentId) => anAgent(store, agentId)))

    const refused = agents.filter((_, i) => outcomes[i]?.status === 'rejected')
    expect(refused).toEqual(['a7', 'a17', 'a27', 'a37', 'a47'])
    expect(outcomes[7]).toMatchObject({ reason: { name: 'StoreError', cause: expect.any(Error) } })
    expect(await store.executions.get('a7')).toBeUndefined()
    expect(await store.verify()).toMatchObject({ events: 46, differences: [] })
  })

  test('has groups of two processes wait for each other, and never in a circle', async () => {
    const url = await aDatabase()
    const stores = [await aStore({ url }), await aStore({ url })]
    const runs = numbered('r', 30)
    await Promise.all(runs.map((id) => aRun(stores[0]!, id)))
    const client = await aClient(url)
    const orders = [runs, [...runs].reverse()]
    for (let round = 0; round < 15; round++) {
      const name = (runId: string, i: number) => `${runId} ${round} ${i}`
      await Promise.all(
        stores.flatMap((store, i) => orders[i]!.map((runId) => anAgent(store, name(runId, i), { runId }))),
      )
      await Promise.all(
        stores
          .flatMap((store, i) =>
            orders[i]!.flatMap((runId) => [
              store.executions.start(name(runId, i)),
              store.executions.complete(name(runId, 1 - i), { response: 'done' }),
            ]),
          )
          .map((call) => call.catch((error) => expect(error).toMatchObject({ code: 'CONFLICT' }))),
      )
    }

    const { rows } = await client.query(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    )
    expect(rows[0].deadlocks).toBe(0)
    expect(await stores[0]!.verify()).toMatchObject({ runs: 30, differences: [] })
  })
})
