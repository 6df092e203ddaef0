import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, OURS, SCHEMA, until } from './database.ts'
import { play } from './play.ts'

const terminate = (condition: string) =>
  `select pg_terminate_backend(pid) from pg_stat_activity where ${OURS} and ${condition}`

describe('a process whose connections are terminated', () => {
  for (const [when, condition, everyMs] of [
    ['at random', 'random() < 0.3', 90],
    ['all at once', 'true', 90],
    // Few are in between two statements when somebody looks.
    ['in their transactions', `state = 'idle in transaction' and random() < 0.5`, 5],
  ] as const) {
    test(`${when} goes on, and answers every call`, { timeout: 120_000 }, async () => {
      const url = await aDatabase()
      const client = await aClient(url)
      await using child = play('busy', url)
      let playing = true
      const outcome = child.outcome.finally(() => {
        playing = false
      })
      let terminated = 0
      while (playing) {
        terminated += (await client.query(terminate(condition))).rows.length
        await new Promise((resolve) => setTimeout(resolve, everyMs * (0.5 + Math.random())))
      }

      expect(terminated).toBeGreaterThan(5)
      expect(await outcome).toEqual({
        code: 0,
        said: { failures: [], differences: [], runs: 20, agents: 400 },
      })
    })
  }

  test('while they idle does not notice, and goes on', async () => {
    const url = await aDatabase()
    const client = await aClient(url)
    await using child = play('idle', url)
    const connections = async () => {
      const { rows } = await client.query(`select state from pg_stat_activity where ${OURS}`)
      return rows.map(({ state }) => state)
    }
    await until(async () => {
      const states = await connections()
      return states.length === 9 && states.every((state) => state === 'idle')
    }, 'nine idle connections')
    await client.query(terminate('true'))
    await until(async () => (await connections()).length === 0, 'their end')
    child.letGo()

    expect(await child.outcome).toEqual({ code: 0, said: { runs: 1 } })
  })
})

describe('a process that closes its store ends by itself', () => {
  for (const scene of [
    'closing',
    'closing while connecting',
    'closing with calls under way',
    'failing to open',
  ] as const) {
    test(`after ${scene}`, async () => {
      await using child = play(scene, await aDatabase())

      expect(await child.outcome).toEqual({ code: 0, said: 'closed' })
    })
  }
})

describe('a store whose statements are cancelled at random', () => {
  test('does every write in one transaction, or not at all', { timeout: 120_000 }, async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    const client = await aClient(url)
    await aRun(store)
    let writing = true
    const names = numbered('a', 40)
    const writes = Promise.all(
      names.map(async (name) => {
        for (let i = 0; i < 25; i++) {
          await anAgent(store, `${name} ${i}`).catch((error) => expect(error).toMatchObject({ code: 'BUSY' }))
        }
      }),
    ).finally(() => {
      writing = false
    })
    while (writing) {
      await client.query(`select pg_cancel_backend(pid) from pg_stat_activity where ${OURS}`)
    }
    await writes

    const { rows } = await client.query(`select agent_id from ${SCHEMA}.execution join ${SCHEMA}.event
      on event.type = 'execution.spawned' and event.data::jsonb ->> 'agentId' = agent_id
      where event.xmin <> execution.xmin`)
    expect(rows).toEqual([])
    expect(await store.verify()).toMatchObject({ differences: [] })
  })
})
