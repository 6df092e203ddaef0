import { describe, expect, test } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, urlWith } from './database.ts'
import { promptly } from './promptly.ts'

/** A database that gives its user so many connections and no more. */
async function crowdedDatabase(connections: number): Promise<string> {
  const url = await aDatabase()
  const admin = await aClient(url)
  const user = `u${Math.random().toString(36).slice(2)}`
  await admin.query(`create role ${user} login password 'pw' connection limit ${connections}`)
  await admin.query(`grant create on database ${new URL(url).pathname.slice(1)} to ${user}`)
  return urlWith(url, { username: user, password: 'pw' })
}

describe('a server that gives few connections', () => {
  for (const connections of [1, 2, 3]) {
    test(`serves all calls with ${connections}`, async () => {
      const store = await aStore({ url: await crowdedDatabase(connections), retryForMs: 60_000 })
      await aRun(store)
      const agents = numbered('a', 60)
      await Promise.all([
        ...agents.map((agentId) => anAgent(store, agentId)),
        ...agents.map((agentId) => store.routes.find(agentId)),
        ...numbered('t', 10).map((id) => store.transaction((tx) => aRun(tx, id))),
        ...numbered('b', 10).map((id) =>
          store.artifacts.add({ id, runId: 'r1', agentName: 'gemini', content: id.repeat(2_000) }),
        ),
        ...numbered('l', 10).map(() => store.runs.list()),
      ])

      expect(await store.verify()).toMatchObject({ runs: 11, events: 81, differences: [] })
      expect((await store.health()).details.connections).toBeLessThanOrEqual(connections)
    })
  }

  test('and has none left is UNAVAILABLE in bounded time, and is opened as soon as it has one', async () => {
    const url = await crowdedDatabase(1)
    const other = await postgresStore({ url })
    await expect(promptly(postgresStore({ url, retryForMs: 100 }), 'opening')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('too many connections'),
    })
    const opening = postgresStore({ url, retryForMs: 60_000 })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await other.close()
    const store = await opening
    await aRun(store)
    await store.close()
  })
})
