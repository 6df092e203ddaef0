import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runToEnd } from './child.ts'

export interface RedisBinary {
  readonly command: string
  readonly origin: string
  /** What it needs in its environment. */
  readonly env: Readonly<Record<string, string>>
}

/** The `redis-server` of the PATH, else the one of the distribution's package, which is unpacked once and not installed. */
export async function redisBinary(): Promise<RedisBinary> {
  const installed = await onPath('redis-server')
  if (installed) return { command: installed, origin: installed, env: {} }
  if (!(await onPath('apt-get')) || !(await onPath('dpkg'))) {
    throw new Error('there is no redis-server on the PATH, nor apt-get to fetch the one of Debian')
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'consensus-store')
  const kept = join(cache, 'redis-server')
  // What was unpacked may be of another release of the distribution, whose libraries are gone.
  if (!(await runs(kept))) await replace(cache, kept)
  return inside(kept)
}

/** Another process may be doing the same: whoever is last wins, and what is replaced may be in use. */
async function replace(cache: string, kept: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'unpacking-'))
  try {
    const root = await unpacked(folder)
    await rename(kept, join(folder, 'before')).catch(() => {})
    await rename(root, kept).catch(async (error) => {
      if (!(await runs(kept))) throw error
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runs(root: string): Promise<boolean> {
  try {
    const { command, env } = await inside(root)
    await runToEnd(command, ['--version'], { env: { ...process.env, ...env } })
    return true
  } catch {
    return false
  }
}

async function inside(root: string): Promise<RedisBinary> {
  const lib = join(root, 'usr', 'lib')
  const folders = (await readdir(lib))
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(lib, name))
  return {
    command: join(root, 'usr', 'bin', 'redis-server'),
    origin: "redis-server of the distribution's package",
    env: { LD_LIBRARY_PATH: folders.join(delimiter) },
  }
}

async function onPath(command: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, command)
    try {
      await access(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

/** All of apt's own files are in the folder too: it needs no rights, waits for no lock, and the machine stays as it was. */
async function unpacked(folder: string): Promise<string> {
  const lists = join(folder, 'lists')
  const archives = join(folder, 'archives')
  for (const parent of [lists, archives]) await mkdir(join(parent, 'partial'), { recursive: true })
  const apt = (...words: string[]) => runToEnd('apt-get', [...words, ...aptOptions(folder)], {})
  await apt('update')
  await apt('install', '--yes', '--download-only', '--no-install-recommends', 'redis-server')

  const root = join(folder, 'root')
  for (const archive of await readdir(archives)) {
    if (archive.endsWith('.deb')) await runToEnd('dpkg', ['-x', join(archives, archive), root], {})
  }
  return root
}

const aptOptions = (folder: string) =>
  Object.entries({
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': folder,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'APT::Update::Error-Mode': 'any',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
