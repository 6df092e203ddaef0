import { randomBytes } from 'node:crypto'
import { sqliteStore } from '@consensus-store/sqlite'
import Database from 'better-sqlite3'

/** A store made as tools that never heard of auto_vacuum make their files, most of which is free. */
export async function aSpaciousFile(
  path: string,
  { kept = 1, deleted = 30, autoVacuum = false } = {},
): Promise<void> {
  if (!autoVacuum) {
    const database = new Database(path)
    database.exec('create table x (y); drop table x')
    database.close()
  }
  await using store = await sqliteStore({ path })
  for (let i = 0; i < kept + deleted; i++) {
    const { id: runId } = await store.runs.start({ id: `r${i}`, specId: 'S', stage: 'plan' })
    await store.artifacts.add({ id: runId, runId, agentName: 'code', content: body() })
    await store.runs.abandon(runId)
  }
  for (let i = kept; i < kept + deleted; i++) await store.runs.delete(`r${i}`)
}

/** Nothing that can be compressed to little. */
const body = () => randomBytes(60_000).toString('hex')

/** What a database says of itself. */
export function shapeOf(path: string) {
  const database = new Database(path, { readonly: true })
  try {
    const pragma = (name: string) => database.pragma(name, { simple: true }) as number
    return {
      autoVacuum: pragma('auto_vacuum'),
      pages: pragma('page_count'),
      freePages: pragma('freelist_count'),
      bytes: pragma('page_count') * pragma('page_size'),
    }
  } finally {
    database.close()
  }
}
