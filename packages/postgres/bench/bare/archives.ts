import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type pg from 'pg'
import { insertInto, statement } from './statement.ts'
import { transact } from './transaction.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 6, [constants.ZSTD_c_checksumFlag]: 1 } }

type Row = Record<string, unknown>

/** The tables in the order in which rows may be inserted; deleted they are in the other. */
const OWNED = ['event', 'body', 'execution', 'artifact', 'synthesis', 'snapshot'] as const
type Table = (typeof OWNED)[number]
type Owned = Record<Table, Row[]>

const ofRun = (table: Table) =>
  table === 'body'
    ? 'body where position in (select position from event where run_id = $1)'
    : `${table} where run_id = $1`

const rowsOf = (table: Table) =>
  `'${table}', (select coalesce(json_agg(row), '[]') from (select * from ${ofRun(table)}) as row)`

/** All rows as of one moment and already as JSON, in one round trip. */
const readRun = statement(
  'bare_read_run',
  `select last_sequence, json_build_object(${OWNED.map(rowsOf)})::text as owned from run where id = $1`,
)
const leave = statement(
  'bare_leave',
  `update run set archived_at = $2 where id = $1 and last_sequence = $3 and archived_at is null
    and status <> 'running' and not pinned
    and not exists (select from execution where run_id = run.id and status in ('spawned', 'running'))`,
)
const deletes = [...OWNED]
  .reverse()
  .map((table) => statement(`bare_delete_${table}`, `delete from ${ofRun(table)}`))
const insertArchive = statement(
  'bare_insert_archive',
  `insert into archive (run_id, archived_at, ended_at, bytes, bundle_bytes, checksum, bundle)
    values ($1, $2, $2, $3, $4, $5, $6)`,
)
const archiveOf = statement('bare_archive_of', 'select * from archive where run_id = $1')
const comeBack = statement(
  'bare_come_back',
  'update run set archived_at = null where id = $1 and archived_at = $2',
)
const deleteArchive = statement('bare_delete_archive', 'delete from archive where run_id = $1')
const insertEvents = insertInto(
  'event',
  { position: "nextval('event_position')" },
  'returning position',
  'put_back_event',
)
const inserts = Object.fromEntries(
  OWNED.map((table) => [table, insertInto(table, {}, '', `put_back_${table}`)]),
)

/** Archives and restores as one would by hand: rows as JSON, compressed in the pool's threads, and one transaction. */
export const bareArchives = (pool: pg.Pool) => ({
  async add(id: string): Promise<void> {
    const { rows } = await pool.query<{ last_sequence: number; owned: string }>(readRun(id))
    const { last_sequence, owned } = rows[0]!
    const plain = Buffer.from(owned)
    const compressed = await compress(plain, LEVEL)
    const checksum = `sha256:${hash('sha256', compressed)}`
    const at = new Date()
    await transact(pool, async (client) => {
      const { rowCount } = await client.query(leave(id, at, last_sequence))
      if (rowCount === 0) throw new Error('The run has changed')
      for (const rows of deletes) await client.query(rows(id))
      await client.query(insertArchive(id, at, compressed.length, plain.length, checksum, compressed))
    })
  },

  async restore(id: string): Promise<void> {
    const { rows } = await pool.query<Row & { bundle: Buffer; bundle_bytes: string }>(archiveOf(id))
    const { bundle, bundle_bytes, checksum, archived_at } = rows[0]!
    if (`sha256:${hash('sha256', bundle)}` !== checksum) throw new Error('Damaged')
    const plain = await decompress(bundle, { maxOutputLength: Number(bundle_bytes) })
    const owned = JSON.parse(plain.toString()) as Owned
    await transact(pool, async (client) => {
      const { rowCount } = await client.query(comeBack(id, archived_at))
      if (rowCount === 0) throw new Error('The run has changed')
      await putBack(client, owned)
      await client.query(deleteArchive(id))
    })
  },
})

async function putBack(client: pg.PoolClient, owned: Owned): Promise<void> {
  const events = owned.event.map(({ position: _, ...event }) => event)
  const { rows } = await client.query<{ position: string }>(insertEvents(events as [Row, ...Row[]]))
  const moved = new Map(owned.event.map(({ position }, i) => [position, rows[i]!.position]))
  const places = ['position', 'content_position', 'markdown_position', 'response_position']
  for (const table of OWNED) {
    if (table === 'event' || owned[table].length === 0) continue
    for (const row of owned[table])
      for (const place of places) if (row[place] != null) row[place] = moved.get(row[place])
    await client.query(inserts[table]!(owned[table] as [Row, ...Row[]]))
  }
}
