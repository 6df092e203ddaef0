import { describe, expect, test } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { aClient, aDatabase, aRun, aStore, SCHEMA, urlWith } from './database.ts'

describe('a schema name', () => {
  for (const schema of [
    '',
    '1st',
    'a b',
    'public"; drop schema public; --',
    'a.b',
    "a'b",
    'a"b',
    'Team',
    'a-b',
    'é',
    'a\0b',
    'a\n',
    'x'.repeat(64),
    7,
    null,
  ]) {
    test(`is INVALID when it is ${JSON.stringify(schema)}, before anything is connected to`, async () => {
      await expect(
        postgresStore({ url: 'postgres://127.0.0.1:1/d', schema: schema as string }),
      ).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('schema') })
    })
  }

  for (const schema of ['user', 'select', 'public', '_', `x${'y'.repeat(62)}`]) {
    test(`may be ${schema}`, async () => {
      const store = await aStore({ url: await aDatabase(), schema })
      await aRun(store)

      expect(await store.verify()).toMatchObject({ runs: 1, differences: [] })
      expect((await store.health()).details).toMatchObject({ schema })
    })
  }
})

describe('two stores in two schemas of one database', () => {
  test('share nothing, not even the order of their events', async () => {
    const url = await aDatabase()
    const [one, other] = [await aStore({ url, schema: 'one' }), await aStore({ url, schema: 'other' })]
    await aRun(one)
    const release = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const held = one.transaction(async (tx) => {
      await tx.runs.pin('r1')
      started.resolve()
      await release.promise
    })
    await started.promise
    await aRun(other)

    expect(await other.events.readAll()).toMatchObject([{ runId: 'r1', type: 'run.started' }])
    expect(await other.runs.get('r1')).toMatchObject({ pinned: false, lastSequence: 1 })
    release.resolve()
    await held
    expect(await one.runs.get('r1')).toMatchObject({ pinned: true, lastSequence: 2 })
  })
})

describe('a schema', () => {
  test('of a newer version is SCHEMA, and is not touched', async () => {
    const url = await aDatabase()
    await (await postgresStore({ url })).close()
    const client = await aClient(url)
    await client.query(`insert into ${SCHEMA}.consensus_migration values (99, 'from the future', now())`)
    const before = await shapeOf(url)

    await expect(postgresStore({ url })).rejects.toMatchObject({
      code: 'SCHEMA',
      message: expect.stringContaining('99'),
    })
    expect(await shapeOf(url)).toEqual(before)
  })

  test('that is there may be filled by a user who may create none', async () => {
    const url = await aDatabase()
    const admin = await aClient(url)
    const user = `u${Math.random().toString(36).slice(2)}`
    await admin.query(`create role ${user} login password 'pw'`)
    await admin.query(`create schema ours authorization ${user}`)
    const given = urlWith(url, { username: user, password: 'pw' })
    const store = await postgresStore({ url: given, schema: 'ours' })
    await aRun(store)
    await store.close()

    await expect(postgresStore({ url: given, schema: 'theirs' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('permission denied'),
    })
    await admin.query(`drop owned by ${user}; drop role ${user}`)
  })
})

describe('a database with settings of its own', () => {
  const settings = {
    datestyle: "'SQL, DMY'",
    timezone: "'Europe/Amsterdam'",
    default_transaction_isolation: "'serializable'",
    standard_conforming_strings: 'off',
    search_path: "''",
    intervalstyle: "'sql_standard'",
    extra_float_digits: '-15',
    plan_cache_mode: "'force_generic_plan'",
  }
  for (const [name, value] of Object.entries(settings)) {
    test(`keeps every promise: ${name} = ${value}`, async () => {
      const url = await aDatabase()
      await (await aClient(url)).query(
        `alter database ${new URL(url).pathname.slice(1)} set ${name} = ${value}`,
      )
      const at = new Date('1883-11-18T12:03:58.123Z')
      const store = await aStore({ url, env: { now: () => at, newId: () => 'id' } })
      await Promise.all([...'abcdefgh'].map((id) => aRun(store, id)))
      await store.transaction((tx) => tx.runs.pin('a'))

      expect(await store.runs.get('a')).toMatchObject({ startedAt: at, pinned: true })
      expect(await store.verify()).toMatchObject({ runs: 8, events: 9, differences: [] })
    })
  }
})

describe('an instant', () => {
  for (const iso of [
    '-004712-01-01T00:00:00.000Z',
    '-000001-12-31T23:59:59.999Z',
    '0000-02-29T12:00:00.001Z',
    '0001-01-01T00:00:00.000Z',
    '0099-12-31T23:59:59.999Z',
    '1582-10-10T00:00:00.000Z',
    '+010000-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
  ]) {
    test(`comes back exactly: ${iso}`, async () => {
      const url = await aDatabase()
      await (await aClient(url)).query(
        `alter database ${new URL(url).pathname.slice(1)} set timezone = 'Europe/Amsterdam'`,
      )
      const store = await aStore({ url, env: { now: () => new Date(iso), newId: () => 'id' } })
      await aRun(store)

      expect((await store.runs.get('r1'))?.startedAt.toISOString()).toBe(iso)
      expect((await store.events.read('r1'))[0]?.at.toISOString()).toBe(iso)
    })
  }

  test('that Postgres cannot hold is INVALID, and leaves everything as it was', async () => {
    let now = new Date('2026-01-01')
    const store = await aStore({ url: await aDatabase(), env: { now: () => now, newId: () => 'id' } })
    now = new Date('-100000-01-01')

    await expect(aRun(store)).rejects.toMatchObject({ code: 'INVALID' })
    expect(await store.runs.list()).toMatchObject({ items: [] })
  })
})

async function shapeOf(url: string): Promise<unknown> {
  const client = await aClient(url)
  const { rows } = await client.query(
    `select relname, relkind, pg_relation_filenode(oid) as file from pg_class
      where relnamespace = '${SCHEMA}'::regnamespace order by relname`,
  )
  const { rows: versions } = await client.query(`select * from ${SCHEMA}.consensus_migration`)
  return { rows, versions }
}
