// The process that starts a server, holds it and ends it. It lives as long as the channel to the process that wanted the
// server, which closes however that one ends: a server and its data cannot outlive even a parent that was killed.
import { once } from 'node:events'
import { postgresWays } from './postgres-ways.ts'
import { redisWays } from './redis-ways.ts'
import type { Power, Way } from './service.ts'
import { startFirst } from './ways.ts'

/** What a keeper is asked for. */
export interface Demand {
  readonly service: 'postgres' | 'redis'
  readonly ways: readonly Way[]
  readonly durable: boolean
}

export interface Order {
  readonly id: number
  readonly verb: keyof Power
}

export type Answer =
  | { readonly started: StartedServer }
  | { readonly failed: string }
  | { readonly id: number; readonly error: string | undefined }

export interface StartedServer {
  readonly url: string
  readonly describe: string
  readonly took: Way
  readonly missed: readonly string[]
}

const released = once(process, 'disconnect')
const answer = (message: Answer) =>
  new Promise((sent) => {
    if (process.connected) process.send?.(message, sent)
    else sent(undefined)
  })

try {
  const { service, ways, durable }: Demand = JSON.parse(process.argv[2] ?? '')
  const started = await startFirst(service === 'postgres' ? postgresWays : redisWays, ways, { durable })
  const { server, took, missed } = started
  process.on('message', async ({ id, verb }: Order) => {
    const error = await server[verb]().then(() => undefined, String)
    await answer({ id, error })
  })
  await answer({ started: { url: server.url, describe: server.describe, took, missed } })
  await released
  await server.end()
} catch (error) {
  await answer({ failed: error instanceof Error ? error.message : String(error) })
}
process.exit()
