import { container } from './container.ts'
import { installedRedis } from './installed-redis.ts'
import { onRedis } from './redis-client.ts'
import { redisSettings, redisUrl } from './redis-settings.ts'
import type { Server, ServerOptions } from './server.ts'
import type { WayToStart } from './ways.ts'

export const REDIS_IMAGE = 'redis:8.10.2'

export const redisWays: readonly WayToStart[] = [
  { way: 'docker', start: redisContainer },
  { way: 'local', start: installedRedis },
]

function redisContainer({ durable }: ServerOptions): Promise<Server> {
  return container({
    image: process.env.CONSENSUS_TEST_REDIS_IMAGE || REDIS_IMAGE,
    imageVariable: 'CONSENSUS_TEST_REDIS_IMAGE',
    port: 6379,
    env: {},
    command: ['redis-server', ...redisSettings(durable)],
    url: redisUrl,
    ask: async (url) => {
      await onRedis(url, (redis) => redis.ping())
    },
  })
}
