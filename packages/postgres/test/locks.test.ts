import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, SCHEMA, waitForLocks } from './database.ts'
import { promptly } from './promptly.ts'

describe('an agent that two processes end', () => {
  for (const how of ['in a transaction', 'by itself']) {
    test(`ends once, when the first one ends it ${how} and the second one waits for it`, async () => {
      const url = await aDatabase()
      const [one, other] = [await aStore({ url }), await aStore({ url })]
      await aRun(one)
      await anAgent(one, 'a1')
      const client = await aClient(url)
      await client.query('begin')
      // Whoever comes now waits for the run, with an agent before its eyes that has not ended.
      await client.query(`select from ${SCHEMA}.run for update`)
      const first =
        how === 'by itself'
          ? one.executions.complete('a1', { response: 'first' })
          : one.transaction((tx) => tx.executions.complete('a1', { response: 'first' }))
      await waitForLocks(url, 1)
      const second = other.executions.complete('a1', { response: 'second' })
      await waitForLocks(url, 2)
      await client.query('commit')

      const outcomes = await Promise.allSettled([first, second])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(outcomes).toContainEqual(
        expect.objectContaining({ reason: expect.objectContaining({ code: 'CONFLICT' }) }),
      )
      expect((await one.events.read('r1')).map(({ type }) => type)).toEqual([
        'run.started',
        'execution.spawned',
        'execution.completed',
      ])
      expect((await one.verify()).differences).toEqual([])
    })
  }

  test('starts once', async () => {
    const url = await aDatabase()
    const stores = [await aStore({ url }), await aStore({ url })]
    await aRun(stores[0]!)
    await anAgent(stores[0]!, 'a1')
    const client = await aClient(url)
    await client.query('begin')
    await client.query(`select from ${SCHEMA}.run for update`)
    const starts = stores.map((store) => store.executions.start('a1'))
    await waitForLocks(url, 2)
    await client.query('commit')
    await Promise.all(starts)

    expect((await stores[0]!.events.read('r1')).map(({ type }) => type)).toEqual([
      'run.started',
      'execution.spawned',
      'execution.started',
    ])
    expect((await stores[0]!.verify()).differences).toEqual([])
  })
})

describe('a run that changes while a claim waits for it', () => {
  test('is not deleted by retention when it was put back, although its archive was still seen', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await anOldArchive(url)
    const client = await aClient(url)
    await client.query('begin')
    await client.query(`select from ${SCHEMA}.run for update`)
    const restoring = store.archives.restore('r1')
    await waitForLocks(url, 1)
    const applying = store.retention.apply()
    await waitForLocks(url, 2)
    await client.query('commit')

    expect(await restoring).toMatchObject({ id: 'r1', archivedAt: undefined })
    expect(await applying).toMatchObject({ deleted: { runs: 0 }, failed: [] })
    expect((await store.runs.bundle('r1'))?.executions).toMatchObject([{ agentId: 'a1' }])
    expect(await store.verify()).toMatchObject({ runs: 1, differences: [] })
  })

  /** Of a run that retention is to delete by now. */
  async function anOldArchive(url: string): Promise<void> {
    const at = new Date(Date.now() - 100 * 86_400_000)
    const store = await aStore({ url, env: { now: () => at, newId: randomUUID } })
    await aRun(store)
    await anAgent(store, 'a1')
    await store.executions.complete('a1', { response: 'kept' })
    await store.runs.conclude('r1', { verdict: 'unanimous' })
    await store.archives.add('r1')
  }
})

describe('a run that another session has locked', () => {
  const body = 'x'.repeat(8_192)

  for (const poolSize of [2, 10]) {
    test(`holds up no read, however many writes wait for it: ${poolSize} connections`, async () => {
      const url = await aDatabase()
      const store = await aStore({ url, poolSize, retryForMs: 60_000 })
      await aRun(store)
      await anAgent(store, 'a0')
      const client = await aClient(url)
      await client.query('begin')
      await client.query(`select from ${SCHEMA}.run for update`)
      const writes = [
        ...numbered('large', 40).map((id) =>
          store.artifacts.add({ id, runId: 'r1', agentName: 'gemini', content: body }),
        ),
        ...numbered('small', 40).map((agentId) => anAgent(store, agentId)),
      ]
      await waitForLocks(url, poolSize - 1)

      expect(await promptly(store.routes.find('a0'), 'finding')).toMatchObject({ runId: 'r1' })
      expect((await promptly(store.runs.list(), 'listing')).items).toHaveLength(1)
      expect(await promptly(store.runs.bundle('r1'), 'bundling')).toMatchObject({ artifacts: [] })
      expect(await promptly(store.events.readAll(), 'following')).toHaveLength(2)
      await client.query('commit')
      await Promise.all(writes)
      expect(await store.verify()).toMatchObject({ events: 82, differences: [] })
    })
  }

  test('makes writes BUSY after the statement timeout, which may be repeated then', async () => {
    const url = await aDatabase()
    const store = await aStore({ url, statementTimeoutMs: 100 })
    await aRun(store)
    await aRun(store, 'r2')
    const client = await aClient(url)
    await client.query('begin')
    await client.query(`select from ${SCHEMA}.run where id = 'r1' for update`)

    const outcomes = await Promise.allSettled([
      ...numbered('a', 3).map((agentId) => anAgent(store, agentId)),
      store.transaction((tx) => anAgent(tx, 'a3')),
      ...numbered('b', 3).map((agentId) => anAgent(store, agentId, { runId: 'r2' })),
    ])
    for (const outcome of outcomes.slice(0, 4)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'BUSY', retryable: true } })
    }
    expect(outcomes.slice(4).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])

    await client.query('commit')
    await Promise.all(numbered('a', 3).map((agentId) => anAgent(store, agentId)))
    expect(await store.verify()).toMatchObject({ events: 8, differences: [] })
  })
})
