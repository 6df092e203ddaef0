// How fast runs are deleted that are old enough, and who waits for it: `pnpm bench:retention [--runs <n>] [--on sqlite | postgres] [--once]`.
// It is no trial, because what counts is the lock and the wait of others too, and a million runs are deleted once.
import { parseArgs } from 'node:util'
import { startedAt } from '../packages/conformance/src/bench/filled.ts'
import { type ConsensusStore, type Env, systemEnv } from '../packages/core/src/index.ts'
import { bareRetention as barePostgres } from '../packages/postgres/bench/bare/retention.ts'
import { connect } from '../packages/postgres/bench/connect.ts'
import { workshop as postgresWorkshop } from '../packages/postgres/bench/workshop.ts'
import { postgresStore } from '../packages/postgres/src/index.ts'
import { bareRetention as bareSqlite } from '../packages/sqlite/bench/bare/retention.ts'
import { connectToWrite } from '../packages/sqlite/bench/connect.ts'
import { watchLocks } from '../packages/sqlite/bench/locks.ts'
import { workshop as sqliteWorkshop } from '../packages/sqlite/bench/workshop.ts'
import { sqliteStore } from '../packages/sqlite/src/index.ts'
import { besideOther, writeWhenDue } from './other-writer.ts'
import { mebibytes, spread } from './spread.ts'

/** Nine of ten runs are old enough. */
const SHARE_KEPT = 0.1

const open = (place: string, env: Env = systemEnv): Promise<ConsensusStore> =>
  place.startsWith('postgres') ? postgresStore({ url: place, env }) : sqliteStore({ path: place, env })

interface Measured {
  readonly runs: number
  readonly ms: number
  /** How many pieces there were, if somebody counted. */
  readonly pieces: number
  /** Milliseconds that a write of another process took, from when it was due. */
  readonly waits: readonly number[]
}

/** Times `work`, which gives how many runs it deleted, while another process writes to the same place. */
async function measure(
  place: string,
  work: () => Promise<{ runs: number; pieces: number }>,
): Promise<Measured> {
  const { result, ms, waits } = await besideOther(import.meta.filename, place, work)
  return { ...result, ms, waits }
}

/** Deletes by a policy what is older than the share that is kept. */
async function byPolicy(place: string, history: number) {
  const now = new Date(startedAt(history))
  const days = (history * 1_000 * SHARE_KEPT) / 86_400_000
  await using store = await open(place, { ...systemEnv, now: () => now })
  return await measure(place, async () => {
    let pieces = 0
    const counted = () => {
      pieces += 1
    }
    const { deleted } = await store.retention.apply(
      { archiveAfterDays: 'never', deleteAfterDays: days },
      // What the other process writes is of today.
      { force: true, progress: counted },
    )
    return { runs: deleted.runs, pieces }
  })
}

const expiredBefore = (history: number) => startedAt(history) - history * 1_000 * SHARE_KEPT

interface Results {
  readonly rows: readonly string[]
  readonly notes: readonly string[]
}

async function sqlite(history: number): Promise<Results> {
  const shop = sqliteWorkshop()
  const locks = watchLocks()

  const path = await shop.copy(history)
  const ours = await byPolicy(path, history)
  const oursLocks = locks.taken()
  const given = await spaceGivenBack(path, locks)
  const resident = process.resourceUsage().maxRSS / 1_024
  shop.discard(path)

  const barePath = await shop.copy(history)
  const together = Math.max(1, Math.round(ours.runs / Math.max(1, ours.pieces)))
  const database = connectToWrite(barePath, 'normal')
  database.pragma('busy_timeout = 5000')
  const expire = bareSqlite(database, together)
  const bare = await measure(barePath, async () => ({
    runs: await expire(expiredBefore(history)),
    pieces: 0,
  }))
  const bareLocks = locks.taken()
  database.close()
  shop.discard(barePath)
  return {
    rows: [
      row('SQLite, retention.apply', ours, ours, oursLocks),
      row(`SQLite, by hand, ${together} runs at a time`, bare, ours, bareLocks),
    ],
    notes: [
      given,
      // Nothing by hand had been done in it by then.
      `Until then this process had ${resident.toFixed(0)} MiB resident at most, pages of the file among them.`,
    ],
  }
}

/** What a file has free when retention has worked, given back. */
async function spaceGivenBack(path: string, locks: ReturnType<typeof watchLocks>): Promise<string> {
  await using store = await sqliteStore({ path })
  locks.taken()
  const began = performance.now()
  const { before, after } = await store.reclaim()
  const seconds = (performance.now() - began) / 1_000
  const held = spread(locks.taken())
  return `Then reclaim made ${mebibytes(before)} MiB ${mebibytes(after)} MiB in ${seconds.toFixed(1)} s; lock, ms: ${held}.`
}

async function postgres(history: number, durable: boolean): Promise<Results> {
  const shop = postgresWorkshop(durable)
  try {
    const url = await shop.copy(history)
    const ours = await byPolicy(url, history)
    await shop.discard(url)

    const bareUrl = await shop.copy(history)
    const together = Math.max(1, Math.round(ours.runs / Math.max(1, ours.pieces)))
    const pool = connect(bareUrl)
    const expire = barePostgres(pool, together)
    const bare = await measure(bareUrl, async () => ({
      runs: await expire(new Date(expiredBefore(history))),
      pieces: 0,
    }))
    await pool.end()
    await shop.discard(bareUrl)
    return {
      rows: [
        row('Postgres, retention.apply', ours, ours),
        row(`Postgres, by hand, ${together} runs at a time`, bare, ours),
      ],
      notes: [],
    }
  } finally {
    await shop.close()
  }
}

function row(
  title: string,
  { runs, ms, waits }: Measured,
  ours: Measured,
  locks?: readonly number[],
): string {
  const rate = (runs / ms) * 1_000
  const ratio = (ours.runs / ours.ms / (runs / ms)).toFixed(2)
  const cells = [
    title,
    runs.toLocaleString('en-US'),
    Math.round(rate).toLocaleString('en-US'),
    ratio,
    locks ? spread(locks) : 'rows only',
    spread(waits),
  ]
  return `| ${cells.join(' | ')} |`
}

async function main(history: number, durable: boolean, on: string | undefined): Promise<void> {
  console.log(
    '| | runs deleted | a second | ours / this | lock, ms: half / 99 % / all | another writer waits, ms |',
  )
  console.log('|---|---:|---:|---:|---:|---:|')
  const notes: string[] = []
  const show = (results: Results) => {
    console.log(results.rows.join('\n'))
    notes.push(...results.notes)
  }
  if (on !== 'postgres') show(await sqlite(history))
  if (on !== 'sqlite') show(await postgres(history, durable))
  for (const note of notes) console.log(`\n${note}`)
  console.log(`\nOf ${history.toLocaleString('en-US')} runs, ${process.version}, ${process.platform}.`)
}

async function writer(place: string): Promise<void> {
  await using store = await open(place)
  await writeWhenDue(store)
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    on: { type: 'string' },
    once: { type: 'boolean', default: false },
    writer: { type: 'string' },
  },
})
if (values.writer) await writer(values.writer)
else await main(values.once ? 1_000 : Number(values.runs), !values.once, values.on)
