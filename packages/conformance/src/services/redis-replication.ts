import type { Redis } from 'ioredis'

/** An answer of lines that each hold a name and a value, as `INFO` gives. */
export const fields = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split('\r\n').map((line) => line.split(':', 2) as [string, string]))

/** Throws as long as a replica lacks what its master had when it joined. A master is always in step. */
export async function mustBeInStep(redis: Redis): Promise<void> {
  const link = fields(await redis.info('replication')).get('master_link_status') ?? 'up'
  if (link !== 'up') throw new Error("A replica's link to its master is down")
}
