import type { Compilable, Kysely } from 'kysely'
import type { SqlDialect } from '../dialect.ts'

/** One step of the schema. Once published it never changes: a later step corrects it. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** In order; all of them, or none. Typed by no schema, because each step has its own. */
  statements(db: Kysely<unknown>, dialect: SqlDialect): readonly Compilable[]
}
