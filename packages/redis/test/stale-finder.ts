// A process that finds an agent over and over, says when it is found in this process's memory, and when it is found no more.
import { sqliteStore } from '@consensus-store/sqlite'
import { Redis } from 'ioredis'
import { withRoutingCache } from '../src/index.ts'
import { warm } from './warm.ts'

const [path, redis, tracked, staleMs] = process.argv.slice(2) as [string, string, string, string]
const client = new Redis(redis)
client.duplicate = ((options: object) => new Redis(tracked, options)) as Redis['duplicate']
const store = await warm(
  withRoutingCache(await sqliteStore({ path }), { redis: client, near: { staleMs: Number(staleMs) } }),
)
process.send!('open')

process.on('message', async (agentId: string) => {
  const { nearHits } = store.cacheStats()
  let kept = false
  let last = 0
  for (let i = 0; ; i++) {
    const began = Number(process.hrtime.bigint()) / 1e6
    if (!(await store.routes.find(agentId))) break
    last = began
    if (!kept && store.cacheStats().nearHits > nearHits) {
      kept = true
      process.send!('kept')
    }
    // Near hits take no turn of the event loop, and without one nothing is heard.
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  process.send!({ last })
})
process.on('disconnect', () => process.exit())
