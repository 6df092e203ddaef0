import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { Database } from 'better-sqlite3'
import { LAST_POSITION } from '../../src/dialect.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 6, [constants.ZSTD_c_checksumFlag]: 1 } }

type Row = Record<string, unknown>

/** The tables in the order in which rows may be inserted; deleted they are in the other. */
const OWNED = ['event', 'body', 'execution', 'artifact', 'synthesis', 'snapshot'] as const
type Owned = Record<(typeof OWNED)[number], Row[]>

const ofRun = (table: (typeof OWNED)[number]) =>
  table === 'body'
    ? 'body where position in (select position from event where run_id = ?)'
    : `${table} where run_id = ?`

/** Archives and restores as one would by hand: rows as JSON, compressed in the pool's threads, and one transaction. */
export function bareArchives(database: Database) {
  const runOf = database.prepare<[string], Row>('select * from run where id = ?')
  const reads = OWNED.map((table) => database.prepare<[string], Row>(`select * from ${ofRun(table)}`))
  const deletes = [...OWNED].reverse().map((table) => database.prepare(`delete from ${ofRun(table)}`))
  const leave = database.prepare(`
    update run set archived_at = ? where id = ? and last_sequence = ? and archived_at is null
      and status <> 'running' and pinned = 0
      and not exists (select 1 from execution where run_id = run.id and status in ('spawned', 'running'))`)
  const insertArchive = database.prepare(
    'insert into archive (run_id, archived_at, ended_at, bytes, bundle_bytes, checksum, bundle) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const archiveOf = database.prepare<[string], Row>('select * from archive where run_id = ?')
  const comeBack = database.prepare('update run set archived_at = null where id = ? and archived_at = ?')
  const deleteArchive = database.prepare('delete from archive where run_id = ?')
  const lastPosition = database.prepare<[], number>(LAST_POSITION).pluck()
  const inserts = new Map<string, ReturnType<Database['prepare']>>()

  const read = database.transaction((id: string) => ({
    run: runOf.get(id)!,
    owned: Object.fromEntries(OWNED.map((table, i) => [table, reads[i]!.all(id)])) as Owned,
  }))

  function insert(table: string, row: Row): void {
    const columns = Object.keys(row)
    const known =
      inserts.get(table) ??
      database.prepare(`insert into ${table} (${columns}) values (${columns.map((column) => `@${column}`)})`)
    inserts.set(table, known)
    known.run(row)
  }

  const replace = database.transaction((run: Row, compressed: Buffer, bundleBytes: number) => {
    const at = Date.now()
    if (leave.run(at, run.id, run.last_sequence).changes === 0) throw new Error('The run has changed')
    // Bodies are found by their events, so these go last.
    for (const statement of deletes) statement.run(run.id)
    insertArchive.run(
      run.id,
      at,
      run.concluded_at,
      compressed.length,
      bundleBytes,
      `sha256:${hash('sha256', compressed)}`,
      compressed,
    )
  }).immediate

  const putBack = database.transaction((archive: Row, owned: Owned) => {
    if (comeBack.run(archive.run_id, archive.archived_at).changes === 0)
      throw new Error('The run has changed')
    let position = lastPosition.get()!
    const moved = new Map(owned.event.map((event) => [event.position, ++position]))
    const places = ['position', 'content_position', 'markdown_position', 'response_position']
    for (const table of OWNED) {
      for (const row of owned[table]) {
        for (const place of places) if (row[place] != null) row[place] = moved.get(row[place])
        insert(table, row)
      }
    }
    deleteArchive.run(archive.run_id)
  }).immediate

  return {
    async add(id: string): Promise<void> {
      const { run, owned } = read(id)
      const plain = Buffer.from(JSON.stringify(owned))
      replace(run, await compress(plain, LEVEL), plain.length)
    },
    async restore(id: string): Promise<void> {
      const archive = archiveOf.get(id)!
      const compressed = archive.bundle as Buffer
      if (`sha256:${hash('sha256', compressed)}` !== archive.checksum) throw new Error('Damaged')
      const plain = await decompress(compressed, { maxOutputLength: archive.bundle_bytes as number })
      putBack(archive, JSON.parse(plain.toString()) as Owned)
    },
  }
}
