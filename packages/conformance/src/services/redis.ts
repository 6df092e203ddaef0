import type { Redis } from 'ioredis'
import { newDatabase } from './database.ts'
import { obtain } from './obtain.ts'
import { onRedis } from './redis-client.ts'
import type { Service, ServiceOptions } from './service.ts'

/**
 * A Redis for tests: the one CONSENSUS_TEST_REDIS_URL names, else a container, else the `redis-server` of the PATH or of
 * Debian's package. Says on stderr which. Rejects with what to do when there is none.
 */
export async function redisService(options: ServiceOptions = {}): Promise<Service> {
  const server = await obtain('redis', options, advice)
  return { ...server, database: () => redisDatabase(server.url), [Symbol.asyncDispose]: server.stop }
}

const advice = [
  'set CONSENSUS_TEST_REDIS_URL to a server that is there for tests',
  'start Docker, with the npm package testcontainers installed',
  'put redis-server on the PATH',
]

/** Which numbers are taken is kept in database 0, for any process that uses the same server. */
const claim = (number: number) => `consensus-test:database:${number}`

async function redisDatabase(server: string) {
  const { number, url } = await onRedis(server, async (redis) => {
    for (let number = 1; number < (await countDatabases(redis)); number++) {
      // A killed process never gives its claim back; by then its tests are long over.
      const claimed = await redis.set(claim(number), process.pid, 'EX', 3_600, 'NX')
      if (!claimed) continue
      const url = withNumber(server, number)
      if ((await onRedis(url, (own) => own.dbsize())) === 0) return { number, url }
      // What is in it was not put there through a claim, and is not ours to remove.
    }
    throw new Error('Redis has no empty database left for a suite')
  })
  return newDatabase(url, async () => {
    await onRedis(url, (redis) => redis.flushdb())
    await onRedis(server, (redis) => redis.del(claim(number)))
  })
}

/** A server that does not tell has as many as Redis has by default. */
async function countDatabases(redis: Redis): Promise<number> {
  const answer = await redis.config('GET', 'databases').catch(() => [])
  return Number((answer as string[])[1] ?? 16)
}

function withNumber(server: string, number: number): string {
  const url = new URL(server)
  url.pathname = `/${number}`
  return url.href
}
