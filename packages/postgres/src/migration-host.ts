import { MIGRATION_TABLE, type MigrationHost } from '@consensus-store/sql'
import type { Line } from './line.ts'

/** Migrates over one line, under a lock that all processes share. */
export function migrationHost(line: Line, schema: string): MigrationHost {
  const table = `"${schema}"."${MIGRATION_TABLE}"`

  return {
    async version() {
      const { rows } = await line.send({
        text: 'select to_regclass($1) is not null as exists',
        values: [table],
      })
      if (!(rows as [{ exists: boolean }])[0].exists) return 0
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
  const { rows } = await line.send({
    text: 'select to_regnamespace($1) is null as missing',
    values: [`"${schema}"`],
  })
  return (rows as [{ missing: boolean }])[0].missing ? [`create schema "${schema}"`] : []
}
