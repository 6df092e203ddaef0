import type { Redis } from 'ioredis'
import { redisUrl } from './redis-settings.ts'

/** What the sentinel calls the master it watches. */
export const SENTINEL_NAME = 'consensus'

/** Throws as long as the sentinel knows of no replica it could promote. */
export async function mustHaveReplica(sentinel: Redis): Promise<void> {
  const replicas = (await sentinel.call(
    'SENTINEL',
    'REPLICAS',
    SENTINEL_NAME,
  )) as readonly (readonly string[])[]
  const links = replicas.map((replica) => replica[replica.indexOf('master-link-status') + 1])
  if (!links.includes('ok')) throw new Error('The sentinel knows of no replica in step with its master')
}

/** Where the sentinel sends who asks for the master. */
export async function namedMaster(sentinel: Redis): Promise<string> {
  const answer = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', SENTINEL_NAME)
  const [host, port] = answer as [string, string]
  return redisUrl(host, Number(port))
}
