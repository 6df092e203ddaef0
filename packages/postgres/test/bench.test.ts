import { aBundle, agentId, content, runId, stageOf, startedAt } from '@consensus-store/conformance/bench'
import { fold } from '@consensus-store/core'
import type pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bareArchives } from '../bench/bare/archives.ts'
import { bareArtifacts } from '../bench/bare/artifacts.ts'
import { bareBundles } from '../bench/bare/bundles.ts'
import { bareExecutions, spawn } from '../bench/bare/executions.ts'
import { bareRetention } from '../bench/bare/retention.ts'
import { bareRoutes } from '../bench/bare/routes.ts'
import { bareRuns, getRun } from '../bench/bare/runs.ts'
import { transactSerializably } from '../bench/bare/transaction.ts'
import { connect } from '../bench/connect.ts'
import { fill } from '../bench/fill.ts'
import { runningRuns, spawnedAgents } from '../bench/stock.ts'
import { aDatabase, aStore } from './database.ts'

const RUNS = 120

/** A filled history, its store, and a pool of one's own to it. */
async function aHistory() {
  const url = await aDatabase()
  const store = await aStore({ url })
  const pool = connect(url)
  onTestFinished(() => pool.end())
  const client = await pool.connect()
  await fill(client, RUNS)
  client.release()
  return { store, pool }
}

async function aRunningRun(pool: pg.Pool): Promise<string> {
  const runs = runningRuns(pool, 1)
  await runs.restock(1)
  return runs.take()
}

const newAgent = { agentName: 'gemini', phaseType: 'regular-stage', modelVersion: 'g-2' } as const

describe('a filled history', () => {
  it('is one the store could have written', async () => {
    const { store } = await aHistory()
    expect(await store.verify()).toEqual({ runs: RUNS, events: RUNS * 4, differences: [] })
    expect(fold(runId(3), await store.events.read(runId(3))).run).toEqual(await store.runs.get(runId(3)))
    expect(await store.executions.response(agentId(3))).toMatch(/^The plan holds/)
    await store.runs.start({ id: 'next', specId: 'S', stage: 'plan' })
    const [next] = await store.events.readAll({ after: RUNS * 4 })
    expect(next).toMatchObject({ runId: 'next', position: RUNS * 4 + 1 })
  })

  it('goes on with what trials use up', async () => {
    const { store, pool } = await aHistory()
    const runs = runningRuns(pool, 8)
    const agents = spawnedAgents(pool, 8)
    await runs.restock(8)
    await agents.restock(8)
    const taken = Array.from({ length: 8 }, () => runs.take())
    expect(new Set(taken).size).toBe(2)
    expect((await store.runs.get(taken[0]!))?.status).toBe('running')
    const agent = agents.take()
    expect((await store.executions.get(agent))?.status).toBe('spawned')
    expect((await store.verify(taken[0])).differences).toEqual([])
    expect((await store.verify((await store.routes.find(agent))!.runId)).differences).toEqual([])
  })
})

describe('what is read by hand', () => {
  it('is what the store gives: routes', async () => {
    const { store, pool } = await aHistory()
    const { find } = bareRoutes(pool)
    expect(await find(agentId(7))).toEqual(await store.routes.find(agentId(7)))
    expect(await find('nobody')).toBeUndefined()
  })

  it('is what the store gives: runs', async () => {
    const { store, pool } = await aHistory()
    const { latest, list } = bareRuns(pool)
    const stage = stageOf(5, RUNS)
    expect(await latest(stage)).toEqual(await store.runs.latest(stage))
    const page = await store.runs.list({ limit: 50 })
    expect(await list(50)).toEqual({ items: page.items, more: page.next !== undefined })
  })
})

describe('what is written by hand', () => {
  it('is what the store would have written: executions', async () => {
    const { store, pool } = await aHistory()
    const { spawn, complete } = bareExecutions(pool)
    const run = await aRunningRun(pool)
    const spawned = await spawn({ runId: run, ...newAgent })
    expect(spawned).toEqual(await store.executions.get(spawned.agentId))
    const completed = await complete(spawned.agentId, 'Done.')
    expect(completed).toEqual(await store.executions.get(spawned.agentId))
    expect(await store.executions.response(spawned.agentId)).toBe('Done.')
    expect(await store.verify(run)).toEqual({ runs: 1, events: 3, differences: [] })
    await expect(complete(spawned.agentId, 'Again.')).rejects.toThrow('cannot be completed')
    await expect(spawn({ runId: runId(0), ...newAgent })).rejects.toThrow('cannot be spawned')
  })

  it('is completed once, however many complete it at once', async () => {
    const { store, pool } = await aHistory()
    const { spawn, complete } = bareExecutions(pool)
    const run = await aRunningRun(pool)
    const { agentId } = await spawn({ runId: run, ...newAgent })
    const outcomes = await Promise.allSettled(['1', '2', '3'].map((answer) => complete(agentId, answer)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await store.verify(run)).differences).toEqual([])
  })

  it('is what the store would have written: artifacts', async () => {
    const { store, pool } = await aHistory()
    const run = await aRunningRun(pool)
    const added = await bareArtifacts(pool).add({ runId: run, agentName: 'gemini', content })
    expect({ ...added, content }).toEqual(await store.artifacts.get(added.id))
    expect(await store.verify(run)).toEqual({ runs: 1, events: 2, differences: [] })
  })

  it('is what the store would have written: archives, and what comes back of them', async () => {
    const { store, pool } = await aHistory()
    const { add, restore } = bareArchives(pool)
    const bundle = aBundle()
    await store.runs.record(bundle)
    await add(bundle.run.id)
    expect(await store.runs.get(bundle.run.id)).toMatchObject({ archivedAt: expect.any(Date) })
    expect(await store.events.read(bundle.run.id)).toEqual([])
    expect((await store.artifacts.list({ runId: bundle.run.id })).items).toEqual([])
    await restore(bundle.run.id)
    expect(await store.runs.bundle(bundle.run.id)).toEqual(bundle)
    expect((await store.verify()).differences).toEqual([])
  })

  it('deletes what retention would have deleted, and nothing else', async () => {
    const { store, pool } = await aHistory()
    const before = await store.runs.bundle(runId(60))
    expect(await bareRetention(pool, 7)(new Date(startedAt(60)))).toBe(60)
    expect((await store.runs.list({ limit: 1_000 })).items.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: RUNS - 60 }, (_, i) => runId(60 + i)).sort(),
    )
    expect(await store.runs.bundle(runId(60))).toEqual(before)
    expect(await store.verify()).toEqual({ runs: 60, events: 240, differences: [] })
  })

  it('is what the store would have written: bundles', async () => {
    const { store, pool } = await aHistory()
    const { record } = bareBundles(pool)
    const bundle = aBundle()
    await record(bundle)
    expect(await store.runs.bundle(bundle.run.id)).toEqual(bundle)
    expect(await store.runs.record(bundle)).toEqual(bundle.run)
    await expect(record(bundle)).rejects.toThrow('is there already')
    const [artifact, ...others] = aBundle().artifacts
    const other = aBundle()
    const wrong = { ...other, artifacts: [{ ...artifact!, content: 'other' }, ...others] }
    await expect(record(wrong)).rejects.toThrow('not what the log says')
    expect(await store.runs.get(other.run.id)).toBeUndefined()
  })

  it('is what the store would have written: transactions', async () => {
    const { store, pool } = await aHistory()
    const id = await aRunningRun(pool)
    const spawned = await transactSerializably(pool, async (client) => {
      expect(await getRun(client, id)).toEqual(await store.runs.get(id))
      return spawn(client, { runId: id, ...newAgent })
    })
    expect(spawned).toEqual(await store.executions.get(spawned.agentId))
    expect((await store.verify(id)).differences).toEqual([])
  })
})
