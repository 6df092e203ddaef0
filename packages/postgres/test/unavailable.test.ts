import { inspect } from 'node:util'
import { tcpProxy } from '@consensus-store/conformance/services'
import { describe, expect, test } from 'vitest'
import { type PostgresStoreOptions, postgresStore } from '../src/index.ts'
import { aDatabase, aRun, aStore, until, urlWith } from './database.ts'
import { promptly } from './promptly.ts'

const PASSWORD = 'hunter2-hunter2'

async function failureOf(opening: Promise<unknown>): Promise<Error> {
  const [outcome] = await Promise.allSettled([promptly(opening, 'opening')])
  if (outcome.status === 'fulfilled') throw new Error('It was opened')
  return outcome.reason
}

/** Everything a log could make of an error. */
function everythingIn(error: unknown): string {
  const seen: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    seen.push(
      String(at),
      `${at.stack}`,
      JSON.stringify(at),
      inspect(at, { depth: Infinity, showHidden: true }),
    )
  }
  return seen.join('\n')
}

describe('a server that cannot be had', () => {
  const ways: Readonly<Record<string, (url: string) => PostgresStoreOptions>> = {
    'wants another password': (url) => ({ url: urlWith(url, { password: PASSWORD }) }),
    'has no such database': (url) => ({ url: urlWith(url, { pathname: `/${'nowhere'}` }) }),
    'has no such user': (url) => ({ url: urlWith(url, { username: 'nobody', password: PASSWORD }) }),
    'has no such host': (url) => ({
      url: urlWith(url, { host: 'no-such-host.invalid:5432', password: PASSWORD }),
    }),
    'has nobody at its port': (url) => ({ url: urlWith(url, { host: '127.0.0.1:1', password: PASSWORD }) }),
    'has nobody at its port of several addresses': (url) => ({
      url: urlWith(url, { host: 'localhost:1', password: PASSWORD }),
    }),
    'speaks no TLS': (url) => ({ url: urlWith(url, { password: PASSWORD }), tls: true }),
  }
  for (const [how, options] of Object.entries(ways)) {
    test(`because it ${how} is UNAVAILABLE, with host and port and without the password`, async () => {
      const database = await aDatabase()
      const given = options(database)
      const { host, pathname } = new URL(given.url!)
      const error = await failureOf(postgresStore(given))

      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
      expect(error.message).toContain(`Postgres at ${host} (database ${pathname.slice(1)}) cannot be had: `)
      const password = new URL(given.url!).password
      expect(everythingIn(error)).not.toContain(password === 'consensus' ? `:${password}@` : password)
    })
  }

  test('because it never answers is UNAVAILABLE after the connect timeout', async () => {
    const database = urlWith(await aDatabase(), { password: PASSWORD })
    await using proxy = await tcpProxy(database)
    proxy.stall()
    const error = await failureOf(postgresStore({ url: proxy.url, connectTimeoutMs: 200 }))

    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(error.message).toContain(`127.0.0.1:${proxy.port}`)
    expect(everythingIn(error)).not.toContain(PASSWORD)
    await proxy.restore()
    await until(() => proxy.connections === 0, 'the end of the connection')
  })

  test('is refused at once when its URL is none, which is not repeated', async () => {
    for (const url of [`mysql://u:${PASSWORD}@h/d`, `u:${PASSWORD}@h`]) {
      const error = await failureOf(postgresStore({ url }))

      expect(error).toMatchObject({ code: 'INVALID' })
      expect(error.message).toContain('url')
      expect(everythingIn(error)).not.toContain(PASSWORD)
    }
  })
})

describe('a network that breaks under an open store', () => {
  test('makes calls UNAVAILABLE within their bound, and is forgiven when it is back', async () => {
    await using proxy = await tcpProxy(await aDatabase())
    const store = await aStore({ url: proxy.url, retryForMs: 300, connectTimeoutMs: 500 })
    await aRun(store)
    await proxy.cut()
    const calls = [
      store.runs.get('r1'),
      store.routes.find('a1'),
      store.events.readAll(),
      aRun(store, 'r2'),
      ...Array.from({ length: 250 }, () => store.runs.pin('r1')),
      store.transaction((tx) => tx.runs.get('r1')),
    ]

    for (const outcome of await promptly(Promise.allSettled(calls), 'a call')) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE', retryable: true } })
      const { message } = (outcome as PromiseRejectedResult).reason
      expect(message).toContain(`127.0.0.1:${proxy.port}`)
    }
    expect(await store.health()).toMatchObject({ ok: false, findings: [{ subject: 'server' }] })
    await proxy.restore()
    await aRun(store, 'r2')
    expect(await store.verify()).toMatchObject({ runs: 2, differences: [] })
    expect(await store.health()).toMatchObject({ ok: true })
  })

  test('is outlasted by calls whose bound allows it, reads, writes and transactions alike', async () => {
    await using proxy = await tcpProxy(await aDatabase())
    const store = await aStore({ url: proxy.url, retryForMs: 60_000 })
    await aRun(store)
    await proxy.cut()
    const calls = [
      store.runs.get('r1'),
      store.events.readAll(),
      store.runs.pin('r1'),
      store.transaction((tx) => aRun(tx, 'r2')),
    ]
    await new Promise((resolve) => setTimeout(resolve, 300))
    await proxy.restore()
    await Promise.all(calls)

    expect(await store.runs.get('r2')).toBeDefined()
    expect(await store.verify()).toMatchObject({ runs: 2, events: 3, differences: [] })
  })

  test('keeps neither health nor closing waiting', async () => {
    await using proxy = await tcpProxy(await aDatabase())
    const store = await postgresStore({ url: proxy.url, connectTimeoutMs: 300 })
    await aRun(store)
    proxy.stall()

    expect(await promptly(store.health(), 'health')).toMatchObject({ ok: false })
    await promptly(store.close(), 'closing')
  })
})
