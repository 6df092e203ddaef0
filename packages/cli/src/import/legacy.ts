import { basename } from 'node:path'
import { StoreError } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'
import { agentExecutions } from './legacy-executions.ts'
import { openLegacy } from './legacy-file.ts'
import { normalizedV2 } from './legacy-normalized-v2.ts'
import { original } from './legacy-original.ts'
import { prd910 } from './legacy-prd-910.ts'
import { columnsOf } from './legacy-row.ts'
import { isRefused, type Refused, type RowSource, type Unit } from './unit.ts'

/** How the rows of one of the legacy schemas are read. */
export interface LegacySchema {
  readonly name: string
  /** What a database must have to be read so: columns by table. */
  readonly columns: Readonly<Record<string, readonly string[]>>
  read(db: Database, file: string): Generator<Unit | Refused>
}

/** A database that was being migrated has the tables of two of them, and both are read. */
const schemas: readonly LegacySchema[] = [original, normalizedV2, prd910]

/** A database of any of the three legacy schemas. It is read as it is and nothing is left beside it. */
export const legacy = (path: string): RowSource => ({
  kind: 'rows',
  name: 'legacy database',
  *read() {
    const file = openLegacy(path)
    try {
      const present = schemas.filter(({ columns }) => hasColumns(file.db, columns))
      if (present.length === 0) throw ofNoSchema(file.db, path)
      for (const schema of present) yield* labelled(schema, schema.read(file.db, basename(path)))
      yield* labelled(present[0]!, agentExecutions(file.db, basename(path)))
    } catch (error) {
      throw file.explained(error)
    } finally {
      file.close()
    }
  },
})

function* labelled({ name }: LegacySchema, rows: Iterable<Unit | Refused>): Generator<Unit | Refused> {
  for (const row of rows) {
    yield isRefused(row) ? row : { ...row, labels: { ...row.labels, importedFrom: name } }
  }
}

const hasColumns = (db: Database, wanted: LegacySchema['columns']): boolean =>
  Object.entries(wanted).every(([table, columns]) => {
    const known = columnsOf(db, table)
    return columns.every((column) => known.has(column))
  })

function ofNoSchema(db: Database, path: string): StoreError {
  const tables = db.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all()
  const held = tables.length > 0 ? `its tables are ${tables.slice(0, 8).join(', ')}` : 'it has no tables'
  return new StoreError('SCHEMA', `${path} is a database of none of the three legacy schemas: ${held}`)
}
