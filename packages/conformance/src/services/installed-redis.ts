import { redisBinary } from './redis-binary.ts'
import { redisProcess } from './redis-process.ts'
import { redisSettings } from './redis-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import { inServerFolder } from './server-folder.ts'

/** Starts the `redis-server` this machine has or its distribution offers. */
export const installedRedis = ({ durable }: ServerOptions): Promise<Server> =>
  inServerFolder('redis', async (folder) => {
    const binary = await redisBinary()
    const server = await redisProcess({ binary, folder, words: redisSettings(durable) })
    return { ...server, describe: `${binary.origin}, port ${server.port}` }
  })
