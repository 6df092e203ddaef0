import { existsSync, statSync } from 'node:fs'
import { type ConsensusStore, type Env, StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { storeMigration } from './store-migration.ts'
import { postgresOptions, splitUrl, sqlitePath } from './store-url.ts'
import { UsageError } from './usage-error.ts'

/** Opens the store that `location`, what follows the scheme of its URL, stands for. */
export type Backend = (location: string, options: BackendOptions) => Promise<ConsensusStore>

/** How to open a store. */
export interface BackendOptions {
  /** UNAVAILABLE when there is no store yet and this is false. */
  readonly create: boolean
  readonly cwd: string
  readonly env: Env
}

/** Kinds of stores by the scheme of their URL. */
export type Backends = Readonly<Record<string, Backend>>

/** The store that is meant when none is named. */
export const DEFAULT_STORE = 'sqlite:./consensus.db'

/** There is no store at a place where there could be one. */
export class NoStoreYet extends StoreError {
  constructor(message: string) {
    super('UNAVAILABLE', message)
  }
}

const postgres: Backend = async (location, { create, cwd, env }) => {
  const options = postgresOptions(location)
  if (!create && !(await storeExists(`postgres:${location}`, { cwd, env }))) {
    const { host, pathname } = new URL(options.url)
    const schema = options.schema ?? 'consensus_store'
    throw new NoStoreYet(`There is no store in schema ${schema} of ${host}${pathname}`)
  }
  const { postgresStore } = await import('@consensus-store/postgres')
  return postgresStore({ ...options, env })
}

/** A database's driver is imported only when it is asked for: it is the larger part of the time a verb takes to start. */
export const backends: Backends = {
  sqlite: async (location, { create, cwd, env }) => {
    const path = sqlitePath(location, cwd)
    if (!create && path !== ':memory:' && !existsSync(path))
      throw new NoStoreYet(`There is no store at ${path}`)
    const { sqliteStore } = await import('@consensus-store/sqlite')
    // Mapped pages would count as this process's memory, and one command does not look often enough to gain by them.
    return sqliteStore({ path, create, mmapBytes: 0, env })
  },
  postgres,
  postgresql: postgres,
  memory: async (_location, { env }) => memoryStore({ env }),
}

/** Opens a store by its URL. UsageError, listing the schemes there are, when it has another. */
export async function openStore(
  url: string,
  options: BackendOptions,
  known: Backends = backends,
): Promise<ConsensusStore> {
  const { scheme, location } = splitUrl(url)
  const open = Object.hasOwn(known, scheme) ? known[scheme] : undefined
  if (open) return open(location, options)
  const schemes = Object.keys(known).map((name) => `${name}:`)
  throw new UsageError(
    scheme ? `There are no ${scheme}: stores` : `${JSON.stringify(url)} names no kind of store`,
    `Known are ${schemes.slice(0, -1).join(', ')} and ${schemes.at(-1)}${
      scheme || url.includes('://') ? '' : `; did you mean sqlite:${url}?`
    }`,
  )
}

/** The file a store is kept in; undefined for those that are not kept in one. */
export function fileOf(url: string, cwd: string): string | undefined {
  const { scheme, location } = splitUrl(url)
  return scheme === 'sqlite' && location !== ':memory:' ? sqlitePath(location, cwd) : undefined
}

/** Whether a server keeps the store, which may be down or elsewhere. */
export function isServer(url: string): boolean {
  const { scheme, location } = splitUrl(url)
  return scheme !== 'sqlite' && location.startsWith('//')
}

/** Whether the store is there already, which an empty file is not. One that goes when it is closed always is. */
export async function storeExists(url: string, options: Omit<BackendOptions, 'create'>): Promise<boolean> {
  const file = fileOf(url, options.cwd)
  if (file !== undefined) return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
  return (await storeMigration(url, options))?.from !== 0
}
