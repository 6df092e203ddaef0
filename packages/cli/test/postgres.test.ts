import { postgresStore } from '@consensus-store/postgres'
import Database from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aDatabase } from './postgres.ts'
import { aWorld, jsonLines } from './world.ts'

describe('a Postgres store', () => {
  test('is made by the verbs that make stores, and read by the others', async () => {
    const world = aWorld()
    const url = await aDatabase()
    const on = (...argv: string[]) => world.run([...argv, '--store', url])

    expect(await on('migrate')).toMatchObject({ code: 0, stdout: 'Made a new store, at version 1.\n' })
    expect((await on('migrate', '--check')).stdout).toBe('The schema is at version 1, as it should be.\n')
    expect((await on('demo')).code).toBe(0)
    expect(jsonLines((await on('runs', '--json')).stdout)).toHaveLength(4)
    expect((await on('verify')).stdout).toContain('nothing differs')
    expect((await on('health')).stdout).toContain('The postgres store answers')
  })

  test('holds what SQLite holds, to the byte', async () => {
    const world = aWorld()
    const url = await aDatabase()
    await world.write(aHistory)
    await world.run(['export', '--out', 'all.jsonl'])
    expect((await world.run(['import', 'all.jsonl', '--store', url])).code).toBe(0)

    expect((await world.run(['export', '--store', url])).stdout).toBe((await world.run(['export'])).stdout)
  })

  test('is backed up as bundles, and takes the backups of other stores', async () => {
    const world = aWorld()
    const [one, other] = [await aDatabase(), await aDatabase()]
    await world.write(aHistory)
    const all = (await world.run(['export'])).stdout
    const backedUp = JSON.parse((await world.run(['backup', 'b.db', '--json'])).stdout)
    const restored = await world.run(['restore', 'b.db', '--to', one])
    expect(restored).toMatchObject({ code: 0, stderr: '' })
    expect(restored.stdout).toContain(':***@')
    expect((await world.run(['export', '--store', one])).stdout).toBe(all)

    const again = JSON.parse((await world.run(['backup', 'bundles', '--json', '--store', one])).stdout)
    expect(again).toMatchObject({ format: 'bundles', runs: 4, digest: backedUp.digest })
    expect((await world.run(['restore', 'bundles', '--to', other])).code).toBe(0)
    expect((await world.run(['export', '--store', other])).stdout).toBe(all)
    expect(await world.run(['restore', 'bundles', '--to', other])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CONFLICT: '),
    })
    expect((await world.run(['reclaim', '--store', other])).code).toBe(0)
  })

  test('may be called postgresql:, and be in any schema of its database', async () => {
    const world = aWorld()
    const url = (await aDatabase()).replace(/^postgres(ql)?:/, 'postgresql:')
    const team = `${url}?schema=team_a&application_name=a%20b+c`
    await world.run(['demo', '--store', team])

    expect(jsonLines((await world.run(['runs', '--json', '--store', team])).stdout)).toHaveLength(4)
    await using store = await postgresStore({ url, schema: 'team_a' })
    expect((await store.runs.list()).items).toHaveLength(4)
    expect((await world.run(['runs', '--store', url])).stderr).toMatch(
      /^error: UNAVAILABLE: There is no store in schema consensus_store of [^/]*\/consensus_test_\w+\n/,
    )
  })

  test('is refused with a schema that is no name', async () => {
    const { code, stderr } = await aWorld().run(['migrate', '--store', `${await aDatabase()}?schema=a";drop`])

    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: INVALID: schema/),
    })
  })

  test('rehearses an import where there is no store yet, and makes none', async () => {
    const world = aWorld()
    const url = await aDatabase()
    await world.write(aHistory)
    await world.run(['export', '--out', 'all.jsonl'])

    expect((await world.run(['import', 'all.jsonl', '--dry-run', '--store', url])).code).toBe(0)
    expect((await world.run(['runs', '--store', url])).stderr).toContain('There is no store')
  })

  test.each([
    'postgres://me:s3cr3t@127.0.0.1:1/db',
    'postgresql://me:s3cr3t@127.0.0.1:1/db?schema=x',
    'postgres://me:s3cr3t@nowhere.invalid/db',
    'postgres://me:s3cr3t@[::1/db',
    'postgres://me:s3cr3t@x@127.0.0.1:1/db',
    'Postgres://me:s3cr3t@127.0.0.1:1/db',
    'pg://me:s3cr3t@127.0.0.1:1/db',
    'postgres://127.0.0.1:1/db?user=me&password=s3cr3t',
  ])('never has its password shown: %s', async (url) => {
    const world = aWorld()
    const lines = [
      ...['runs', 'health', 'migrate', 'demo'].map((verb) => [verb, '--store', url]),
      ['copy', '--from', url, '--to', 'memory:'],
      ['runs', url],
      ['copy', url],
      ['copy', '--form', url],
      [url],
    ]
    for (const line of lines) {
      const { code, stdout, stderr } = await world.run(line)
      expect(code).toBeGreaterThan(0)
      expect(stdout + stderr).not.toContain('s3cr3t')
    }
  })

  test('has no password in what the demo says either', async () => {
    const url = new URL(await aDatabase())
    expect(url.password).not.toBe('')
    const { stdout } = await aWorld().run(['demo', '--store', url.href])
    const json = await aWorld().run(['demo', '--json', '--store', url.href])

    expect(stdout).toContain(`${url.host}${url.pathname}`)
    expect(stdout + json.stdout).not.toContain(`:${url.password}@`)
  })
})

describe('migrate --plan', () => {
  test.each(['sqlite', 'postgres'])('prints the SQL that would be run on %s, and runs none', async (kind) => {
    const world = aWorld()
    const url = kind === 'sqlite' ? 'sqlite:new.db' : await aDatabase()
    const plan = (...argv: string[]) => world.run(['migrate', '--plan', '--store', url, ...argv])
    const { code, stdout } = await plan()

    expect(code).toBe(0)
    expect(stdout).toContain('create table')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => line.endsWith(';')),
    ).toBe(true)
    expect(jsonLines((await plan('--json')).stdout)).toMatchObject([{ from: 0, to: 1 }])
    expect((await world.run(['runs', '--store', url])).stderr).toContain('UNAVAILABLE')

    await world.run(['migrate', '--store', url])
    expect(await plan()).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(jsonLines((await plan('--json')).stdout)).toEqual([{ from: 1, to: 1, statements: [] }])
  })

  test('of Postgres is SQL that makes a store, and another one in another database', async () => {
    const world = aWorld()
    const urls = [await aDatabase(), await aDatabase()]
    const { stdout } = await world.run(['migrate', '--plan', '--store', urls[0]!])
    for (const url of urls) await runSql(url, stdout)

    for (const url of urls) {
      expect((await world.run(['migrate', '--check', '--store', url])).code).toBe(0)
      expect((await world.run(['demo', '--store', url])).code).toBe(0)
    }
    expect(new Set(await identitiesOf(world, urls)).size).toBe(2)
  })

  test('of SQLite is SQL that makes a store, and another one in another file', async () => {
    const world = aWorld()
    const { stdout } = await world.run(['migrate', '--plan', '--store', 'sqlite:new.db'])
    const urls = ['one.db', 'other.db'].map((file) => {
      new Database(world.path(file)).exec(stdout).close()
      return `sqlite:${file}`
    })

    for (const url of urls) {
      expect((await world.run(['migrate', '--check', '--store', url])).code).toBe(0)
      expect((await world.run(['demo', '--store', url])).code).toBe(0)
    }
    expect(new Set(await identitiesOf(world, urls)).size).toBe(2)
  })

  test('has nothing to print where there is no schema, and is not asked together with --check', async () => {
    expect(await aWorld().run(['migrate', '--plan', '--store', 'memory:'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect((await aWorld().run(['migrate', '--plan', '--check'])).code).toBe(2)
  })
})

/** As `health` tells them. */
const identitiesOf = (world: ReturnType<typeof aWorld>, urls: readonly string[]) =>
  Promise.all(
    urls.map(async (url) => {
      const [health] = jsonLines((await world.run(['health', '--json', '--store', url])).stdout)
      return (health as { details: { identity: string } }).details.identity
    }),
  )

async function runSql(url: string, text: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(text)
  await client.end()
}
