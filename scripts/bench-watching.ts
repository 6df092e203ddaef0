// How long a consumer that waits is behind a commit: `pnpm bench:watching [--once]`. It is no trial, because what
// counts is not how often it can be done, but how long it takes when nothing else is done.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { postgresService } from '../packages/conformance/src/services/index.ts'
import { type ConsensusStore, watch } from '../packages/core/src/index.ts'
import { postgresStore } from '../packages/postgres/src/index.ts'
import { sqliteStore } from '../packages/sqlite/src/index.ts'
import { at } from './spread.ts'

/** Nanoseconds of the machine's own clock, which all its processes share. */
interface Written {
  readonly asked: bigint
  readonly acknowledged: bigint
}

/** Writes one event, here or elsewhere. */
type Write = () => Promise<Written>

const now = () => process.hrtime.bigint()
const RUN = 'watched'

const open = (place: string): Promise<ConsensusStore> =>
  place.startsWith('postgres') ? postgresStore({ url: place, poolSize: 2 }) : sqliteStore({ path: place })

const writing =
  (store: ConsensusStore): Write =>
  async () => {
    const asked = now()
    await store.executions.spawn({ runId: RUN, agentName: 'gemini', phaseType: 'regular-stage' })
    return { asked, acknowledged: now() }
  }

/** Milliseconds from when writes were acknowledged until the watcher was told, and what a write itself takes. */
async function measure(watched: ConsensusStore, write: Write, times: number) {
  const events = watch(watched, { after: await watched.events.position(), everyMs: 60_000 })
  const behind: number[] = []
  const took: number[] = []
  for (let i = 0; i < times + 10; i++) {
    const told = events.next().then(now)
    // Long enough to be waiting, and never in step with who looks from time to time.
    await sleep(30 + Math.random() * 50)
    const { asked, acknowledged } = await write()
    const at = await told
    if (i < 10) continue
    behind.push(Number(at - acknowledged) / 1e6)
    took.push(Number(acknowledged - asked) / 1e6)
  }
  await events.return()
  return { behind, took }
}

async function elsewhere(place: string): Promise<{ write: Write; end(): Promise<void> }> {
  const child = fork(import.meta.filename, ['--writer', place], { execArgv: [] })
  await once(child, 'message')
  return {
    async write() {
      child.send('write')
      const [{ asked, acknowledged }] = await once(child, 'message')
      return { asked: BigInt(asked), acknowledged: BigInt(acknowledged) }
    },
    async end() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function bench(name: string, place: string, times: number): Promise<string[]> {
  await using store = await open(place)
  await store.runs.start({ id: RUN, specId: 'S', stage: 'plan' })
  const here = await measure(store, writing(store), times)
  const other = await elsewhere(place)
  const there = await measure(store, other.write, times)
  await other.end()
  return [
    row(`${name}, the writer’s own process`, here.behind, here.took),
    row(`${name}, another process`, there.behind, there.took),
  ]
}

function row(title: string, behind: number[], took: number[]): string {
  return `| ${title} | ${at(behind, 0.5)} | ${at(behind, 0.9)} | ${at(behind, 0.99)} | ${at(took, 0.5)} |`
}

async function main(times: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-bench-'))
  const service = await postgresService({ own: true, durable: true })
  try {
    const rows = [
      ...(await bench('SQLite', join(folder, 'watched.db'), times)),
      ...(await bench('Postgres', service.url, times)),
    ]
    console.log('| watched from | half within, ms | 90 % | 99 % | a write itself |')
    console.log(`|---|---:|---:|---:|---:|\n${rows.join('\n')}`)
    console.log(`\n${times} events each, ${process.version}, ${process.platform}.`)
  } finally {
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function writer(place: string): Promise<void> {
  await using store = await open(place)
  const write = writing(store)
  process.on('message', async () => {
    const { asked, acknowledged } = await write()
    process.send!({ asked: String(asked), acknowledged: String(acknowledged) })
  })
  process.send!('ready')
  await once(process, 'disconnect')
}

const [how, place] = process.argv.slice(2)
if (how === '--writer') await writer(place!)
else await main(how === '--once' ? 5 : 300)
