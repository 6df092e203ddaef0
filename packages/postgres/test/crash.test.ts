import { tcpProxy } from '@consensus-store/conformance/services'
import type { ConsensusStore } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, anAgent, aRun, aServer, aStore, numbered, SCHEMA, until } from './database.ts'
import { promptly } from './promptly.ts'

/** Writes, through one caller after the other, what `acknowledged` then names. */
async function write(store: ConsensusStore, name: string, acknowledged: Set<string>): Promise<void> {
  await anAgent(store, name)
  acknowledged.add(`spawned ${name}`)
  await store.executions.complete(name, { response: `${name} answers` })
  acknowledged.add(`completed ${name}`)
  await store.artifacts.add({ id: name, runId: 'r1', agentName: 'gemini', content: name.repeat(1_000) })
  acknowledged.add(`added ${name}`)
}

describe('a server that is killed and started again', () => {
  test('in the midst of hundreds of writes loses and duplicates nothing', { timeout: 180_000 }, async () => {
    const server = await aServer()
    const store = await aStore({ url: server.url, retryForMs: 120_000 })
    await aRun(store)
    const acknowledged = new Set<string>()
    const names = numbered('a', 200)
    const writing = names.map((name) => write(store, name, acknowledged))
    for (const share of [100, 300]) {
      await until(() => acknowledged.size >= share, 'so many writes')
      await server.crash()
      const before = [...acknowledged]
      expect(before.length).toBeLessThan(3 * names.length)
      await server.restart()
    }
    await Promise.all(writing)

    const bundle = (await store.runs.bundle('r1'))!
    expect(acknowledged.size).toBe(3 * names.length)
    expect(bundle.executions.map(({ response }) => response).sort()).toEqual(
      names.map((name) => `${name} answers`).sort(),
    )
    expect(bundle.artifacts.map(({ content }) => content)).toHaveLength(names.length)
    expect(bundle.events).toHaveLength(1 + 3 * names.length)
    expect(await store.verify()).toMatchObject({ differences: [] })
  })

  test('loses nothing it acknowledged before callers were told to give up', {
    timeout: 180_000,
  }, async () => {
    const server = await aServer()
    const store = await aStore({ url: server.url, retryForMs: 100 })
    await aRun(store)
    const acknowledged = new Set<string>()
    const writing = Promise.allSettled(numbered('a', 200).map((name) => write(store, name, acknowledged)))
    await until(() => acknowledged.size >= 100, 'so many writes')
    await server.crash()
    for (const outcome of await promptly(writing, 'a write', 60_000)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'UNAVAILABLE' })
    }
    await server.restart()

    // By itself: the store is the same.
    const events = await store.events.read('r1', { limit: 1_000 })
    const told = new Set(
      events.map(({ type, data }) => {
        if (type === 'execution.spawned') return `spawned ${data.agentId}`
        if (type === 'execution.completed') return `completed ${data.agentId}`
        return type === 'artifact.added' ? `added ${data.artifactId}` : type
      }),
    )
    expect([...acknowledged].filter((one) => !told.has(one))).toEqual([])
    expect(told.size).toBe(events.length)
    expect(await store.verify()).toMatchObject({ differences: [] })
  })

  test('in the midst of transactions does each once or not at all', { timeout: 180_000 }, async () => {
    const server = await aServer()
    const store = await aStore({ url: server.url, retryForMs: 120_000 })
    const names = numbered('t', 60)
    let done = 0
    const transactions = Promise.allSettled(
      names.map(async (id) => {
        await store.transaction(async (tx) => {
          await aRun(tx, id)
          await tx.runs.pin(id)
          await anAgent(tx, id, { runId: id })
        })
        done++
      }),
    )
    await until(() => done >= 10, 'so many transactions')
    await server.crash()
    await server.restart()
    const outcomes = await transactions

    for (const [i, id] of names.entries()) {
      const outcome = outcomes[i]!
      const run = await store.runs.get(id)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'UNAVAILABLE' })
      else expect(run).toBeDefined()
      if (run) expect(run).toMatchObject({ pinned: true, lastSequence: 3 })
    }
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(10)
    expect(await store.verify()).toMatchObject({ differences: [] })
  })
})

describe('a commit whose answer is lost', () => {
  test('is not made again: its caller is told that nobody knows', async () => {
    const url = await aDatabase()
    await using proxy = await tcpProxy(url)
    const store = await aStore({ url: proxy.url })
    await aRun(store)
    const client = await aClient(url)
    let runs = 0
    const transaction = store.transaction(async (tx) => {
      runs++
      await tx.runs.pin('r1')
      proxy.delay(2_000)
    })
    await Promise.all([
      expect(transaction).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('nobody knows'),
      }),
      until(async () => {
        const { rows } = await client.query(`select pinned from ${SCHEMA}.run`)
        return rows[0].pinned
      }, 'the commit').then(() => proxy.cut()),
    ])

    await proxy.restore()
    expect(runs).toBe(1)
    expect(await store.runs.get('r1')).toMatchObject({ pinned: true, lastSequence: 2 })
  })

  test('is made again when it was a write’s, which changes nothing', async () => {
    const url = await aDatabase()
    await using proxy = await tcpProxy(url)
    const store = await aStore({ url: proxy.url })
    await aRun(store)
    const client = await aClient(url)
    proxy.delay(2_000)
    const write = anAgent(store, 'a1')
    await until(async () => {
      const { rows } = await client.query(`select from ${SCHEMA}.execution`)
      return rows.length > 0
    }, 'the commit')
    await proxy.cut()
    await proxy.restore()

    expect(await write).toMatchObject({ agentId: 'a1', status: 'spawned' })
    expect(await store.verify()).toMatchObject({ events: 2, differences: [] })
  })

  test('counts as lost when the connection goes before the commit: the transaction is run again', async () => {
    await using proxy = await tcpProxy(await aDatabase())
    const store = await aStore({ url: proxy.url })
    await aRun(store)
    let runs = 0
    await store.transaction(async (tx) => {
      runs++
      await tx.runs.pin('r1')
      if (runs > 1) return
      await proxy.cut()
      await proxy.restore()
      // Whoever makes do without what failed is run again all the same.
      await tx.runs.unpin('r1').catch(() => undefined)
    })

    expect(runs).toBe(2)
    expect(await store.runs.get('r1')).toMatchObject({ pinned: true, lastSequence: 2 })
  })
})
