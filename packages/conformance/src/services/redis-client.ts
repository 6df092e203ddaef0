import type { Redis } from 'ioredis'
import { optional } from './optional.ts'

/** Does some work on a connection of its own. */
export async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const { Redis } = await optional(() => import('ioredis'), 'ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 10_000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  // What goes wrong rejects the calls; the event would be printed.
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}
