import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ConsensusStore, Env } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { UsageError } from './usage-error.ts'

/** Opens the store that `location`, what follows the scheme of its URL, stands for. */
export type Backend = (location: string, options: BackendOptions) => Promise<ConsensusStore>

export interface BackendOptions {
  /** UNAVAILABLE when there is no store yet and this is false. */
  readonly create: boolean
  readonly cwd: string
  readonly env: Env
}

/** Kinds of stores by the scheme of their URL. */
export type Backends = Readonly<Record<string, Backend>>

export const DEFAULT_STORE = 'sqlite:./consensus.db'

/** SQLite is imported only when it is asked for: it is the larger part of the time a verb takes to start. */
export const backends: Backends = {
  sqlite: async (location, { create, cwd, env }) => {
    const path = sqlitePath(location, cwd)
    const { sqliteStore } = await import('@consensus-store/sqlite')
    return sqliteStore({ path, create, env })
  },
  memory: async (_location, { env }) => memoryStore({ env }),
}

/** Opens a store by its URL. UsageError, listing the schemes there are, when it has another. */
export async function openStore(
  url: string,
  options: BackendOptions,
  known: Backends = backends,
): Promise<ConsensusStore> {
  const { scheme, location } = split(url)
  const open = Object.hasOwn(known, scheme) ? known[scheme] : undefined
  if (open) return open(location, options)
  const schemes = Object.keys(known).map((name) => `${name}:`)
  throw new UsageError(
    scheme ? `There are no ${scheme}: stores` : `${JSON.stringify(url)} names no kind of store`,
    `Known are ${schemes.join(' and ')}${scheme ? '' : `; did you mean sqlite:${url}?`}`,
  )
}

/** The file a store is kept in; undefined for those that are not kept in one. */
export function fileOf(url: string, cwd: string): string | undefined {
  const { scheme, location } = split(url)
  return scheme === 'sqlite' && location !== ':memory:' ? sqlitePath(location, cwd) : undefined
}

/** Whether the store is there already; of those not kept in a file only opening can tell. */
export function storeExists(url: string, cwd: string): boolean {
  const file = fileOf(url, cwd)
  return file === undefined || existsSync(file)
}

function split(url: string) {
  const [, scheme = '', location = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/s.exec(url) ?? []
  return { scheme, location }
}

/** What follows `sqlite:` is a plain path. Nothing in it is decoded: `%`, `#`, `?` and spaces stand for themselves. */
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
