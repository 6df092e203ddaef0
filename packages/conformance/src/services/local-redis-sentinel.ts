import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { patiently } from './patiently.ts'
import { type RedisBinary, redisBinary } from './redis-binary.ts'
import { onRedis } from './redis-client.ts'
import { type RedisProcess, redisProcess } from './redis-process.ts'
import { mustBeInStep } from './redis-replication.ts'
import { mustHaveReplica, SENTINEL_NAME } from './redis-sentinel-state.ts'
import { PASSWORD, redisSettings, replicationSettings } from './redis-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import { inServerFolder } from './server-folder.ts'

/** Starts, of the `redis-server` this machine has, a master, its replica and the sentinel that watches both, in this order. */
export const localRedisSentinel = ({ durable }: ServerOptions): Promise<Server> =>
  inServerFolder('redis-sentinel', async (folder) => {
    const binary = await redisBinary()
    const members: RedisProcess[] = []
    const all = async (act: (member: RedisProcess) => Promise<void>) => {
      await Promise.all(members.map(act))
    }
    const end = () => all((member) => member.end())
    try {
      const words = [...redisSettings(durable), ...replicationSettings]
      const master = await redisProcess({ binary, folder: join(folder, 'master'), words })
      members.push(master)
      const following = [...words, '--replicaof', `127.0.0.1 ${master.port}`]
      const replica = await redisProcess({ binary, folder: join(folder, 'replica'), words: following })
      members.push(replica)
      // A sentinel looks for replicas when it starts, and then not for ten seconds.
      await onRedis(replica.url, (redis) => patiently(() => mustBeInStep(redis)))
      const sentinel = await sentinelProcess(binary, join(folder, 'sentinel'), master.port)
      members.push(sentinel)
      await onRedis(sentinel.url, (redis) => patiently(() => mustHaveReplica(redis)))
    } catch (error) {
      await end()
      throw error
    }
    const ports = members.map(({ port }) => port).join(', ')
    return {
      url: members.at(-1)!.url,
      describe: `a master, a replica and a sentinel of ${binary.origin}, ports ${ports}`,
      members,
      crash: () => all((member) => member.crash()),
      restart: () => all((member) => member.restart()),
      end,
    }
  })

/** A sentinel keeps what it knows in its configuration, so it needs a file that it may write. */
async function sentinelProcess(binary: RedisBinary, folder: string, master: number): Promise<RedisProcess> {
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `requirepass ${PASSWORD}`,
    `sentinel monitor ${SENTINEL_NAME} 127.0.0.1 ${master} 1`,
    `sentinel auth-pass ${SENTINEL_NAME} ${PASSWORD}`,
    `sentinel down-after-milliseconds ${SENTINEL_NAME} 1000`,
    `sentinel failover-timeout ${SENTINEL_NAME} 5000`,
  ]
  await mkdir(folder, { recursive: true })
  await writeFile(file, `${lines.join('\n')}\n`)
  return redisProcess({ binary, folder, words: [file, '--sentinel'], ready: 'Sentinel ID is' })
}
