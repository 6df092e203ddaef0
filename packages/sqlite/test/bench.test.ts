import { aBundle, agentId, content, runId, stageOf, startedAt } from '@consensus-store/conformance/bench'
import { type ConsensusStore, fold } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import type { Database } from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bareArchives } from '../bench/bare/archives.ts'
import { bareArtifacts } from '../bench/bare/artifacts.ts'
import { bareBundles } from '../bench/bare/bundles.ts'
import { bareEvents } from '../bench/bare/events.ts'
import { bareExecutions } from '../bench/bare/executions.ts'
import { bareRetention } from '../bench/bare/retention.ts'
import { bareRoutes } from '../bench/bare/routes.ts'
import { bareRuns } from '../bench/bare/runs.ts'
import { connectToWrite } from '../bench/connect.ts'
import { fill } from '../bench/fill.ts'
import { naiveArtifacts } from '../bench/naive/artifacts.ts'
import { naiveBundles } from '../bench/naive/bundles.ts'
import { naiveExecutions } from '../bench/naive/executions.ts'
import { naiveKysely } from '../bench/naive/tables.ts'
import { longRuns, runningRuns, spawnedAgents } from '../bench/stock.ts'
import { temporaryFile } from './temporary.ts'

const RUNS = 120

/** A filled history, its store, and a connection of one's own to it. */
async function aHistory(): Promise<{ path: string; store: ConsensusStore; database: Database }> {
  const path = temporaryFile()
  const empty = await sqliteStore({ path })
  await empty.close()
  fill(path, RUNS)
  const store = await sqliteStore({ path })
  const database = connectToWrite(path, 'normal')
  onTestFinished(async () => {
    database.close()
    await store.close()
  })
  return { path, store, database }
}

const newAgent = { agentName: 'gemini', phaseType: 'regular-stage', modelVersion: 'g-2' } as const
const whole = { runs: RUNS, events: RUNS * 4, differences: [] }

describe('a filled history', () => {
  it('is one the store could have written', async () => {
    const { store } = await aHistory()
    expect(await store.verify()).toEqual(whole)
    // Its runs are as old as the history says.
    const { ok, findings } = await store.health({
      policy: { archiveAfterDays: 'never', deleteAfterDays: 'never' },
      latencyMs: 60_000,
      roomBytes: 0,
    })
    expect({ ok, findings }).toEqual({ ok: true, findings: [] })
  })

  it('has the indexes of an empty store', async () => {
    const { database } = await aHistory()
    const fresh = temporaryFile()
    await (await sqliteStore({ path: fresh })).close()
    const other = connectToWrite(fresh, 'normal')
    onTestFinished(() => void other.close())
    const schemaOf = (of: Database) =>
      of.prepare('select type, name, sql from sqlite_schema order by name').all()
    expect(schemaOf(database)).toEqual(schemaOf(other))
  })

  it('goes on with what trials use up', async () => {
    const { path, store } = await aHistory()
    const runs = runningRuns(path)
    const agents = spawnedAgents(path)
    await runs.restock(8)
    await agents.restock(8)
    const taken = Array.from({ length: 8 }, () => runs.take())
    expect(new Set(taken).size).toBe(2)
    expect((await store.runs.get(taken[0]!))?.status).toBe('running')
    const agent = agents.take()
    expect((await store.executions.get(agent))?.status).toBe('spawned')
    const [long] = await longRuns(path, 100, 1)
    expect(await store.events.read(long!, { limit: 1_000 })).toHaveLength(100)
    expect((await store.verify(taken[0])).differences).toEqual([])
    expect((await store.verify((await store.routes.find(agent))!.runId)).differences).toEqual([])
    expect((await store.verify(long)).differences).toEqual([])
  })
})

describe('what is read by hand', () => {
  it('is what the store gives: routes', async () => {
    const { store, database } = await aHistory()
    const { branch, ...route } = (await store.routes.find(agentId(7)))!
    expect(bareRoutes(database).find(agentId(7))).toEqual({ ...route, branch })
    expect(bareRoutes(database).find('nobody')).toBeUndefined()
  })

  it('is what the store gives: runs', async () => {
    const { store, database } = await aHistory()
    const { latest, list } = bareRuns(database)
    const { specId, stage } = stageOf(5, RUNS)
    expect(latest(specId, stage)).toEqual(await store.runs.latest({ specId, stage }))
    const page = await store.runs.list({ limit: 50 })
    expect(list(50)).toEqual({ items: page.items, more: page.next !== undefined })
  })

  it('is what the store gives: events', async () => {
    const { store, database } = await aHistory()
    const events = bareEvents(database).read(runId(3), 0, 100)
    expect(events).toEqual(await store.events.read(runId(3)))
    expect(fold(runId(3), events).run).toEqual(await store.runs.get(runId(3)))
  })
})

describe('what is written by hand', () => {
  it('is what the store would have written: executions', async () => {
    const { path, store, database } = await aHistory()
    const { spawn, complete } = bareExecutions(database)
    const runs = runningRuns(path)
    await runs.restock(1)
    const run = runs.take()
    const spawned = spawn({ runId: run, ...newAgent })
    expect(spawned).toEqual(await store.executions.get(spawned.agentId))
    const completed = complete(spawned.agentId, 'Done.')
    expect(completed).toEqual(await store.executions.get(spawned.agentId))
    expect(await store.executions.response(spawned.agentId)).toBe('Done.')
    expect(await store.verify(run)).toEqual({ runs: 1, events: 3, differences: [] })
    expect(() => complete(spawned.agentId, 'Again.')).toThrow('cannot be completed')
    expect(() => spawn({ runId: runId(0), ...newAgent })).toThrow('cannot be spawned')
  })

  it('is what the store would have written: artifacts', async () => {
    const { path, store, database } = await aHistory()
    const runs = runningRuns(path)
    await runs.restock(1)
    const run = runs.take()
    const added = bareArtifacts(database).add({ runId: run, agentName: 'gemini', content })
    expect({ ...added, content }).toEqual(await store.artifacts.get(added.id))
    expect(await store.verify(run)).toEqual({ runs: 1, events: 2, differences: [] })
  })

  it('is what the store would have written: archives, and what comes back of them', async () => {
    const { store, database } = await aHistory()
    const { add, restore } = bareArchives(database)
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
    const { store, database } = await aHistory()
    const before = await store.runs.bundle(runId(60))
    expect(await bareRetention(database, 7)(startedAt(60))).toBe(60)
    expect((await store.runs.list({ limit: 1_000 })).items.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: RUNS - 60 }, (_, i) => runId(60 + i)).sort(),
    )
    expect(await store.runs.bundle(runId(60))).toEqual(before)
    expect(await store.verify()).toEqual({ runs: 60, events: 240, differences: [] })
  })

  it('is what the store would have written: bundles', async () => {
    const { store, database } = await aHistory()
    const { record } = bareBundles(database)
    const bundle = aBundle()
    record(bundle)
    expect(await store.runs.bundle(bundle.run.id)).toEqual(bundle)
    expect(await store.runs.record(bundle)).toEqual(bundle.run)
    expect(() => record(bundle)).toThrow('is there already')
    const [artifact, ...others] = aBundle().artifacts
    const other = aBundle()
    const wrong = { ...other, artifacts: [{ ...artifact!, content: 'other' }, ...others] }
    expect(() => record(wrong)).toThrow('not what the log says')
    expect(await store.runs.get(other.run.id)).toBeUndefined()
  })

  it('is what the store would have written, through Kysely too', async () => {
    const { path, store, database } = await aHistory()
    const db = naiveKysely(database)
    const runs = runningRuns(path)
    await runs.restock(1)
    const run = runs.take()
    await naiveExecutions(db).spawn({ runId: run, ...newAgent })
    await naiveArtifacts(db).add({ runId: run, agentName: 'gemini', content })
    const bundle = aBundle()
    await naiveBundles(db).record(bundle)
    const [spawned] = (await store.executions.list({ runId: run })).items
    await naiveExecutions(db).complete(spawned!.agentId, 'Done.')
    expect(await store.verify(run)).toEqual({ runs: 1, events: 4, differences: [] })
    expect(await store.runs.bundle(bundle.run.id)).toEqual(bundle)
  })
})
