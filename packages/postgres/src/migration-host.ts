import { MIGRATION_TABLE, type MigrationHost } from '@consensus-store/sql'
import type { Line } from './line.ts'

/** Migrates over one line, under a lock that all processes share. */
export function migrationHost(line: Line, schema: string): MigrationHost {
  const table = `"${schema}"."${MIGRATION_TABLE}"`

  return {
    async version() {
      const { rows } = await line.send({ text: tableNamed, values: [schema, MIGRATION_TABLE] })
      if (rows.length === 0) return 0
      const found = await line.send({ text: `select coalesce(max(version), 0) as version from ${table}` })
      return (found.rows as [{ version: number }])[0].version
    },

    async exclusively(plan) {
      await line.send({ text: 'begin isolation level read committed' })
      try {
        // Waiting for another process, and building an index, take what they take.
        await line.send({ text: 'set local statement_timeout = 0' })
        await line.send({
          text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
          values: [`consensus-store migrates ${schema}`],
        })
        const statements = [...(await missingSchema(line, schema)), ...(await plan())]
        if (statements.length > 0) await line.send({ text: statements.join(';\n') })
        await line.send({ text: 'commit' })
      } catch (error) {
        await line.rollBack()
        throw error
      }
    },
  }
}

/**
 * The statement that makes the schema, where it is missing. Not `if not exists`: that takes the right to create schemas
 * even where there is nothing to create.
 */
export async function missingSchema(line: Line, schema: string): Promise<readonly string[]> {
  const { rows } = await line.send({ text: schemaNamed, values: [schema] })
  return rows.length === 0 ? [`create schema "${schema}"`] : []
}

// Looked up in the catalogs, and not by to_regclass and its like: those may not have heard yet of what another process
// made while this one waited for the lock.
const schemaNamed = 'select from pg_namespace where nspname = $1'
const tableNamed = `select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname = $1 and relname = $2`
