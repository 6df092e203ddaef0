import { createHash } from 'node:crypto'
import type { Client } from './client.ts'
import { isUnknownScript } from './complaint.ts'

/**
 * Puts entries where the lease is still held, and gives leases back where there is no entry. KEYS are the keys, ARGV the
 * lease, the entries' milliseconds to live, and an entry or nothing for each key. Gives how many entries were put.
 */
const source = `
local filled = 0
for i, key in ipairs(KEYS) do
  if redis.pcall('GET', key) == ARGV[1] then
    local entry = ARGV[i + 2]
    if entry == '' then
      redis.call('DEL', key)
    else
      redis.call('SET', key, entry, 'PX', ARGV[2])
      filled = filled + 1
    end
  end
end
return filled`

const sha = createHash('sha1').update(source).digest('hex')

/** Runs it, by its name where the server knows it already. */
export async function fill(
  client: Client,
  keys: readonly string[],
  lease: string,
  ttlMs: number,
  entries: readonly string[],
): Promise<number> {
  const words = [keys.length, ...keys, lease, ttlMs, ...entries]
  try {
    return Number(await client.evalsha(sha, ...(words as [number])))
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return Number(await client.eval(source, ...(words as [number])))
  }
}
