import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { memoryStore } from '@consensus-store/memory'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { aCache, aClient, aDatabase, aWarmCache, found, spawned } from './scene.ts'
import { until } from './until.ts'

/** A door in front of a Redis that only TLS opens, and the certificate to know it by. */
async function aTlsServer(redis: string) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  const { port, hostname } = new URL(redis)
  const server = createServer({ cert, key }, (client) => {
    const upstream = connect(Number(port), hostname)
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = new URL(redis)
  url.protocol = 'rediss:'
  url.host = `localhost:${(server.address() as AddressInfo).port}`
  return { url: url.href, ca: cert }
}

test('TLS settings of a client go with both connections', async () => {
  const { url, ca } = await aTlsServer(await aDatabase())
  const client = await aClient(url, { tls: { ca } })
  const cache = await aWarmCache(memoryStore(), { redis: client })
  const runId = await spawned(cache, 'a1')
  await found(cache, 'a1')

  expect(cache.cacheStats()).toMatchObject({ redisAsked: true, nearTrusted: true })
  await cache.runs.delete(runId)
  expect(await cache.routes.find('a1')).toBeUndefined()
})

test('a server whose certificate nobody vouches for is not asked, and the store answers', async () => {
  const { url } = await aTlsServer(await aDatabase())
  const cache = aCache(memoryStore(), { redis: url })
  await spawned(cache, 'a1')
  const trouble = async () => {
    const { findings } = await cache.health()
    return findings.find(({ subject }) => subject === 'routing_cache')?.message ?? ''
  }
  await until(
    async () => /self.signed certificate/i.test(await trouble()),
    'a complaint about the certificate',
  )

  expect(await cache.routes.find('a1')).toMatchObject({ agentId: 'a1' })
  expect(cache.cacheStats()).toMatchObject({ redisAsked: false, redisHits: 0 })
})
