import { redisBinary } from './redis-binary.ts'
import { formCluster, MASTERS } from './redis-cluster-forming.ts'
import { type RedisProcess, redisProcesses } from './redis-process.ts'
import { redisSettings, replicationSettings, settingWords } from './redis-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import { inServerFolder } from './server-folder.ts'

/** Starts a cluster of the `redis-server` this machine has: its masters, then their replicas in the same order. */
export const localRedisCluster = ({ durable, replicas = 0 }: ServerOptions): Promise<Server> =>
  inServerFolder('redis-cluster', async (folder) => {
    const binary = await redisBinary()
    const words = [...redisSettings(durable), ...replicationSettings, ...clusterSettings]
    const count = MASTERS * (1 + replicas)
    const nodes = await redisProcesses(folder, Array(count).fill({ binary, words, busOffset }))
    const all = async (act: (node: RedisProcess) => Promise<void>) => {
      await Promise.all(nodes.map(act))
    }
    const end = () => all((node) => node.end())
    try {
      await formCluster(nodes.map(({ url }) => url))
    } catch (error) {
      await end()
      throw error
    }
    return {
      url: nodes[0]!.url,
      describe: `a cluster of ${binary.origin}, ports ${nodes.map(({ port }) => port).join(', ')}`,
      members: nodes,
      crash: () => all((node) => node.crash()),
      restart: () => all((node) => node.restart()),
      end,
    }
  })

/** Where nodes look for each other's bus unless they are told, which Redis cannot be before 7. */
const busOffset = 10_000

const clusterSettings = settingWords({
  'cluster-enabled': 'yes',
  'cluster-announce-ip': '127.0.0.1',
  'cluster-node-timeout': '2000',
})
