import type { Member } from './server.ts'
import type { Power } from './service.ts'

/** One `redis-server` of several that belong together. */
export interface RedisNode extends Power {
  readonly url: string
  readonly host: string
  readonly port: number
}

export function redisNode({ url, crash, restart }: Member): RedisNode {
  const { hostname, port } = new URL(url)
  return { url, host: hostname, port: Number(port), crash, restart }
}
