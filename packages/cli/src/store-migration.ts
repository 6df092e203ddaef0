import type { Env } from '@consensus-store/core'
import type { PlannedMigration } from '@consensus-store/sql'
import { postgresOptions, splitUrl, sqlitePath } from './store-url.ts'

interface Place {
  readonly cwd: string
  readonly env: Env
}

/** What opening a store would run to bring its tables up to date; `undefined` for a store without any. It looks only. */
export async function storeMigration(
  url: string,
  { cwd, env }: Place,
): Promise<PlannedMigration | undefined> {
  const { scheme, location } = splitUrl(url)
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { plannedPostgresMigration } = await import('@consensus-store/postgres')
    return plannedPostgresMigration({ ...postgresOptions(location), env })
  }
  if (scheme !== 'sqlite' || location === ':memory:') return undefined
  const { plannedSqliteMigration } = await import('@consensus-store/sqlite')
  return plannedSqliteMigration({ path: sqlitePath(location, cwd), env })
}
