// The process that starts a server, holds it and ends it. It lives as long as the channel to the process that wanted the
// server, which closes however that one ends: a server and its data cannot outlive even a parent that was killed.
import { once } from 'node:events'
import type { Answer, Demand, Order } from './keep.ts'
import { postgresWays } from './postgres-ways.ts'
import { redisWays } from './redis-ways.ts'
import { startFirst } from './ways.ts'

const released = once(process, 'disconnect')
const answer = (message: Answer) => {
  if (process.connected) process.send?.(message)
}

try {
  const { service, ways, durable }: Demand = JSON.parse(process.argv[2] ?? '')
  const started = await startFirst(service === 'postgres' ? postgresWays : redisWays, ways, { durable })
  const { server, took, missed } = started
  process.on('message', async ({ id, verb }: Order) => {
    const error = await server[verb]().then(() => undefined, String)
    answer({ id, error })
  })
  answer({ started: { url: server.url, describe: server.describe, took, missed } })
  await released
  await server.end()
} catch (error) {
  answer({ failed: error instanceof Error ? error.message : String(error) })
}
process.exit()
