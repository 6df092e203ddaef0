import { aBundle } from '@consensus-store/conformance/bench'
import { expect, it } from 'vitest'
import { fill } from '../bench/fill.ts'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, until } from './database.ts'

const RUNS = 2_000

it('finds all that a write looks at by an index', async () => {
  const url = await aDatabase()
  const empty = await aStore({ url })
  await empty.close()
  const filler = await aClient(url)
  await filler.query('set search_path = consensus_store')
  await fill(filler, RUNS)
  const before = await rowsRead(url)

  const store = await aStore({ url })
  await aRun(store)
  await anAgent(store, 'a1')
  await store.executions.start('a1')
  await store.executions.complete('a1', { response: 'Done.' })
  await anAgent(store, 'a2')
  await store.executions.cancel('a2')
  await store.artifacts.add({ runId: 'r1', agentName: 'gemini', content: {} })
  await store.syntheses.add({ runId: 'r1', verdict: 'failed', markdown: '' })
  await store.runs.record(aBundle())
  await store.runs.conclude('r1', { verdict: 'failed' })
  await store.runs.delete('r1')
  // What a connection did is counted when it ends, if not before.
  await store.close()

  await until(async () => (await rowsRead(url)).syntheses === 2, 'Counting')
  expect((await rowsRead(url)).inScans - before.inScans).toBeLessThan(RUNS)
})

it('does not keep to plans that were made while tables were small', async () => {
  const url = await aDatabase()
  const store = await aStore({ url, poolSize: 2 })
  const agentIds = numbered('a', 100)
  await aRun(store)
  for (let i = 0; i < 100; i++) {
    await store.runs.record(aBundle())
    await anAgent(store, agentIds[i]!)
    await store.routes.findMany(agentIds)
    await store.runs.list({ limit: 1 })
  }
  await store.close()

  await until(async () => (await rowsRead(url)).syntheses === 100, 'Counting')
  expect((await rowsRead(url)).inScans).toBeLessThan(1_000)
})

/** How many rows were read by reading whole tables, and how many syntheses there are according to the same counters. */
async function rowsRead(url: string): Promise<{ inScans: number; syntheses: number }> {
  const client = await aClient(url)
  const { rows } = await client.query(`
    select sum(seq_tup_read)::int as "inScans",
      (sum(n_tup_ins) filter (where relname = 'synthesis'))::int as syntheses
    from pg_stat_user_tables`)
  return rows[0]
}
