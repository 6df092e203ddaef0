import { startUntil } from './child.ts'
import { onFreePort } from './free-port.ts'
import { redisBinary } from './redis-binary.ts'
import { redisSettings, redisUrl } from './redis-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import { inServerFolder } from './server-folder.ts'

/** Starts the `redis-server` this machine has or its distribution offers. */
export const installedRedis = ({ durable }: ServerOptions): Promise<Server> =>
  inServerFolder('redis', async (folder) => {
    const { command, origin, env } = await redisBinary()
    const start = (port: number) => {
      const words = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder, ...redisSettings(durable)]
      const options = { cwd: folder, env: { ...process.env, ...env, LC_ALL: 'C' } }
      return startUntil('Ready to accept connections', command, words, options)
    }
    const { port, child } = await onFreePort(async (port) => ({ port, child: await start(port) }))
    let running = child
    return {
      url: redisUrl('127.0.0.1', port),
      describe: `${origin}, port ${port}`,
      crash: () => running.end('SIGKILL'),
      async restart() {
        running = await start(port)
      },
      end: () => running.end('SIGKILL'),
    }
  })
