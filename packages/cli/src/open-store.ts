import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ConsensusStore, type Env, StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { UsageError } from './usage-error.ts'

/** Opens the store that `location`, what follows the scheme, stands for. */
export type Backend = (location: string, options: BackendOptions) => Promise<ConsensusStore>

export interface BackendOptions {
  /** UNAVAILABLE when there is no store yet and this is false. */
  readonly create: boolean
  readonly cwd: string
  readonly env: Env
}

/** Kinds of stores by the scheme of their URL. Each is imported only when it is asked for. */
export type Backends = Readonly<Record<string, Backend>>

export const DEFAULT_STORE = 'sqlite:./consensus.db'

export const backends: Backends = {
  sqlite: openSqlite,
  memory: async (_location, { env }) => memoryStore({ env }),
}

/** Opens a store by its URL. UsageError, listing the schemes there are, when it has another. */
export async function openStore(
  url: string,
  options: BackendOptions,
  known: Backends = backends,
): Promise<ConsensusStore> {
  const [, scheme = '', location = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(url) ?? []
  const open = Object.hasOwn(known, scheme) ? known[scheme] : undefined
  if (open) return open(location, options)
  throw new UsageError(
    scheme ? `There are no ${scheme}: stores` : `${JSON.stringify(url)} names no kind of store`,
    `Known are ${Object.keys(known)
      .map((name) => `${name}:`)
      .join(' and ')}${scheme ? '' : `; did you mean sqlite:${url}?`}`,
  )
}

/** Whether the store is there already; only files can tell before they are opened. */
export const storeExists = (url: string, cwd: string): boolean =>
  !url.startsWith('sqlite:') || existsSync(sqlitePath(url.slice('sqlite:'.length), cwd))

/** Everything after `sqlite:` is a plain path: nothing in it is decoded, so `%`, `#`, `?` and spaces stand for themselves. */
async function openSqlite(location: string, { create, cwd, env }: BackendOptions): Promise<ConsensusStore> {
  const path = sqlitePath(location, cwd)
  if (!create && path !== ':memory:' && !existsSync(path)) {
    throw new StoreError('UNAVAILABLE', `There is no store at ${path}`)
  }
  const sqlite = '@consensus-store/sqlite'
  const { sqliteStore } = await import(sqlite)
  return sqliteStore({ path, env })
}

function sqlitePath(location: string, cwd: string): string {
  if (location === ':memory:') return location
  if (location === '') throw new UsageError('sqlite: needs a path', 'As in sqlite:./consensus.db')
  if (/^\/\/[^/]/.test(location)) {
    throw new UsageError(
      `sqlite:${location} could mean two files`,
      `Write sqlite:${location.slice(2)} for a path from here, or sqlite:${location.slice(1)} for one from the root`,
    )
  }
  return resolve(cwd, location)
}
