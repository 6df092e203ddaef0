import { obtainOwn } from './obtain.ts'
import { patiently } from './patiently.ts'
import { onRedis } from './redis-client.ts'
import { type RedisNode, redisNode } from './redis-node.ts'
import { fields } from './redis-replication.ts'
import { namedMaster, SENTINEL_NAME } from './redis-sentinel-state.ts'
import { PASSWORD } from './redis-settings.ts'

/** A master and a replica that a sentinel watches, for tests. Disposing of it is `stop`. */
export interface RedisSentinel extends AsyncDisposable {
  readonly sentinel: RedisNode
  /** The first master and its replica, which change places when the sentinel says so. */
  readonly nodes: readonly [RedisNode, RedisNode]
  /** What the sentinel calls the master. */
  readonly name: string
  /** What the sentinel and both nodes ask for. */
  readonly password: string
  readonly describe: string
  /** The node that is the master by the sentinel's word. */
  master(): Promise<RedisNode>
  /**
   * Kills the master and resolves with it when the other node is the master, by the sentinel's word and its own. It comes back
   * as a replica some seconds after it was started again; the next failover needs one.
   */
  failOver(): Promise<RedisNode>
  /** Ends all of them and removes their data. */
  stop(): Promise<void>
}

/**
 * A master, a replica and a sentinel whose word is enough for a failover, of the `redis-server` of the PATH or of Debian's
 * package, that nobody else uses. Rejects with what to do when there is none.
 */
export async function redisSentinel(): Promise<RedisSentinel> {
  const { members, describe, release } = await obtainOwn({ service: 'redis-sentinel' })
  const [first, second, sentinel] = members.map(redisNode) as [RedisNode, RedisNode, RedisNode]
  const nodes = [first, second] as const

  const master = async () => {
    const url = await onRedis(sentinel.url, namedMaster)
    return nodes.find((node) => node.url === url)!
  }
  const failOver = async () => {
    const killed = await master()
    await killed.crash()
    await patiently(async () => {
      const next = await master()
      if (next === killed) throw new Error('The sentinel still names the master that was killed')
      const role = fields(await onRedis(next.url, (redis) => redis.info('replication'))).get('role')
      if (role !== 'master') throw new Error(`What the sentinel names as the master is a ${role}`)
    })
    return killed
  }

  return {
    sentinel,
    nodes,
    name: SENTINEL_NAME,
    password: PASSWORD,
    describe,
    master,
    failOver,
    stop: release,
    [Symbol.asyncDispose]: release,
  }
}
