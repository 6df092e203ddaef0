// How fast SQLite's space is given back, and who waits for it: `pnpm bench:reclaiming [--runs <n>] [--once]`.
// It is no trial, because what counts is the lock and the wait of others too, and a file gives its space back once.
import { parseArgs } from 'node:util'
import { watchLocks } from '../packages/sqlite/bench/locks.ts'
import {
  deleteMost,
  type Given,
  giveBackByHand,
  vacuumByHand,
  withoutAutoVacuum,
} from '../packages/sqlite/bench/space.ts'
import { workshop } from '../packages/sqlite/bench/workshop.ts'
import { sqliteStore } from '../packages/sqlite/src/index.ts'
import { besideOther, writeWhenDue } from './other-writer.ts'
import { mebibytes, spread } from './spread.ts'

/** Nine of ten runs go. */
const SHARE_KEPT = 0.1
interface Measured {
  readonly title: string
  readonly before: number
  readonly after: number
  readonly ms: number
  /** Milliseconds for which the lock of who writes was held. */
  readonly locks: readonly number[]
  /** Milliseconds that a write of another process took. */
  readonly waits: readonly number[]
}

const locks = watchLocks()

async function main(runs: number): Promise<void> {
  const shop = workshop()
  const emptied = async () => {
    const path = await shop.copy(runs)
    deleteMost(path, SHARE_KEPT)
    return path
  }
  const rows = [
    await measure('reclaim', await emptied(), reclaim),
    await measure('by hand, 500 pages at a time', await emptied(), giveBackByHand),
    await measure('reclaim that converts', withoutAutoVacuum(await emptied()), convert),
    await measure('by hand, VACUUM', await emptied(), async (path) => vacuumByHand(path)),
  ]
  console.log(
    '| | MiB before | after | seconds | MiB/s given back | lock, ms: half / 99 % / all | another writer waits, ms |',
  )
  console.log('|---|---:|---:|---:|---:|---:|---:|')
  for (const row of rows) console.log(line(row))
  console.log(
    `\nOf ${runs.toLocaleString('en-US')} runs, nine in ten deleted; ${process.version}, ${process.platform}.`,
  )
}

type Work = (path: string) => Promise<Given>

const reclaim: Work = async (path) => {
  await using store = await sqliteStore({ path })
  return await store.reclaim()
}

const convert: Work = async (path) => {
  await using store = await sqliteStore({ path, busyTimeoutMs: 60_000 })
  return await store.reclaim({ convert: 'always' })
}

/** Times `work` while another process writes to the same file. */
async function measure(title: string, path: string, work: Work): Promise<Measured> {
  const { result, ms, waits } = await besideOther(import.meta.filename, path, async () => {
    locks.taken()
    const space = await work(path)
    return { ...space, locks: locks.taken() }
  })
  return { title, ...result, ms, waits }
}

function line({ title, before, after, ms, locks: held, waits }: Measured): string {
  const cells = [
    title,
    mebibytes(before),
    mebibytes(after),
    (ms / 1_000).toFixed(2),
    mebibytes(((before - after) / ms) * 1_000),
    held.length === 0 ? 'all the time' : spread(held),
    spread(waits),
  ]
  return `| ${cells.join(' | ')} |`
}

async function writer(path: string): Promise<void> {
  await using store = await sqliteStore({ path, busyTimeoutMs: 60_000 })
  await writeWhenDue(store)
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    once: { type: 'boolean', default: false },
    writer: { type: 'string' },
  },
})
if (values.writer) await writer(values.writer)
else await main(values.once ? 1_000 : Number(values.runs))
