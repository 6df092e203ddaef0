import { obtainOwn } from './obtain.ts'
import { clusterReady } from './redis-cluster-forming.ts'
import { type RedisNode, redisNode } from './redis-node.ts'
import { PASSWORD } from './redis-settings.ts'

/** How large a cluster is to be. */
export interface RedisClusterOptions {
  /** How many replicas each master has. By default none. */
  readonly replicas?: number | undefined
}

/** A Redis Cluster for tests. Disposing of it is `stop`. */
export interface RedisCluster extends AsyncDisposable {
  /** Three masters, then their replicas in the same order; what `new Cluster(nodes, { redisOptions: { password } })` takes. */
  readonly nodes: readonly RedisNode[]
  /** What every node asks for. */
  readonly password: string
  readonly describe: string
  /** Resolves when every node is there again and every slot is served as it was when the cluster was new. */
  ready(): Promise<void>
  /** Ends all nodes and removes their data. */
  stop(): Promise<void>
}

/**
 * A Redis Cluster of three masters, of the `redis-server` of the PATH or of Debian's package, that nobody else uses.
 * Rejects with what to do when there is none.
 */
export async function redisCluster({ replicas = 0 }: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { members, describe, release } = await obtainOwn({ service: 'redis-cluster', replicas })
  const nodes = members.map(redisNode)
  const urls = nodes.map(({ url }) => url)
  return {
    nodes,
    password: PASSWORD,
    describe,
    ready: () => clusterReady(urls, replicas),
    stop: release,
    [Symbol.asyncDispose]: release,
  }
}
