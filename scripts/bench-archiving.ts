// What a run takes on the disk as rows and archived: `pnpm bench:archiving [--runs <n>] [--once]`.
// It is no trial, because it is about bytes. Rates are among the trials of `pnpm bench --only archives`.
import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ConsensusStore } from '../packages/core/src/index.ts'
import { connect } from '../packages/postgres/bench/connect.ts'
import { workshop as postgresWorkshop } from '../packages/postgres/bench/workshop.ts'
import { postgresStore } from '../packages/postgres/src/index.ts'
import { workshop as sqliteWorkshop } from '../packages/sqlite/bench/workshop.ts'
import { sqliteStore } from '../packages/sqlite/src/index.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '2000' }, once: { type: 'boolean' } },
})
const runs = values.once ? 50 : Number(values.runs)

/** Bytes of each text an agent wrote. */
const SIZES = [500, 2_000, 8_000, 32_000]

/** Numbers from 0 to 1, the same every time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const syllables =
  'con sen sus sto re plan ag ent al lo der in ter ver ify un til com mit ta ble ro ute is the a of'.split(
    ' ',
  )
const words = (() => {
  const next = random(1)
  const word = () =>
    Array.from(
      { length: 1 + Math.floor(next() * 3) },
      () => syllables[Math.floor(next() * syllables.length)],
    ).join('')
  return Array.from({ length: 4_000 }, word)
})()

/** Words as often as those of a language are: the second half as often as the first, the third a third. Zstd makes of it what it makes of prose. */
function prose(next: () => number, bytes: number): string {
  let text = ''
  while (text.length < bytes) text += `${words[Math.floor(words.length ** next()) - 1]} `
  return text
}

/** Three agents that answer and contribute, a synthesis, a conclusion. */
async function aRun(store: ConsensusStore, id: string, seed: number, bytes: number): Promise<void> {
  const next = random(seed)
  await store.runs.start({
    id,
    specId: `SPEC-${seed % 100}`,
    stage: 'plan',
    expectedAgents: ['gemini', 'claude', 'code'],
  })
  for (const agentName of ['gemini', 'claude', 'code']) {
    const { agentId } = await store.executions.spawn({ runId: id, agentName, phaseType: 'regular-stage' })
    const plan = prose(next, bytes)
    await store.executions.complete(agentId, { response: `I suggest this plan.\n\n${plan}` })
    await store.artifacts.add({ runId: id, agentName, content: { plan, tokens: bytes / 4 } })
  }
  await store.syntheses.add({
    runId: id,
    verdict: 'unanimous',
    markdown: prose(next, bytes),
    agreements: ['two tables'],
  })
  await store.runs.conclude(id, { verdict: 'unanimous', agreements: ['two tables'] })
}

interface Place {
  open(): Promise<ConsensusStore>
  /** Bytes that are in use, with nothing that could be given back. */
  bytes(): Promise<number>
  close(): Promise<void>
}

/** Bytes a run takes as rows and archived, beyond those of an empty store. */
async function measure(place: Place, bytes: number) {
  const ids = Array.from({ length: runs }, (_, i) => `run-${i}`)
  await (await place.open()).close()
  const empty = await place.bytes()
  const store = await place.open()
  for (const [i, id] of ids.entries()) await aRun(store, id, i + 1, bytes)
  await store.close()
  const hot = (await place.bytes()) - empty
  const again = await place.open()
  for (const id of ids) await again.archives.add(id)
  await again.close()
  const archived = (await place.bytes()) - empty
  await place.close()
  return { hot: hot / runs, archived: archived / runs }
}

const sqlite = sqliteWorkshop()
const postgres = postgresWorkshop(false)

async function sqlitePlace(): Promise<Place> {
  const path = await sqlite.copy(0)
  const open = () => sqliteStore({ path })
  return {
    open,
    async bytes() {
      await using store = await open()
      await store.reclaim()
      return statSync(path).size
    },
    close: async () => sqlite.discard(path),
  }
}

async function postgresPlace(): Promise<Place> {
  const url = await postgres.copy(0)
  return {
    open: () => postgresStore({ url }),
    async bytes() {
      const pool = connect(url)
      await pool.query('vacuum full')
      const { rows } = await pool.query<{ bytes: string }>(
        `select sum(pg_total_relation_size(oid)) as bytes from pg_class
          where relkind = 'r' and relnamespace = 'consensus_store'::regnamespace`,
      )
      await pool.end()
      return Number(rows[0]!.bytes)
    },
    close: () => postgres.discard(url),
  }
}

const figure = (bytes: number) => Math.round(bytes).toLocaleString('en').padStart(10)

try {
  console.log(`${runs} runs of three agents each; bytes on the disk for each run`)
  console.log('            text of each       rows   archived      share')
  for (const [name, place] of Object.entries({ sqlite: sqlitePlace, postgres: postgresPlace })) {
    for (const bytes of SIZES) {
      const { hot, archived } = await measure(await place(), bytes)
      const share = (archived / hot).toFixed(2).padStart(10)
      console.log(`${name.padEnd(12)}${figure(bytes)}  ${figure(hot)} ${figure(archived)} ${share}`)
    }
  }
} finally {
  await postgres.close()
}
