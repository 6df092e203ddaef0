import { systemEnv } from '@consensus-store/core'
import { type MigrationHost, migrate } from '@consensus-store/sql'
import { describe, expect, test } from 'vitest'
import { postgresDialect } from '../src/dialect.ts'
import { connect } from '../src/line.ts'
import { migrationHost } from '../src/migration-host.ts'
import { aClient, aDatabase, aRun, aStore, numbered, OURS, SCHEMA } from './database.ts'

/** The host, which notes what it was given to do. */
const noting = (plans: (readonly string[])[], host: MigrationHost): MigrationHost => ({
  ...host,
  exclusively: (plan) =>
    host.exclusively(async () => {
      const statements = await plan()
      plans.push(statements)
      return statements
    }),
})

describe('a schema that is new', () => {
  test('is migrated once by connections that open it at once, and have opened others', async () => {
    // As a proxy gives them: to a server that knows all names by heart, and hears late of new ones.
    const config = { connectionString: await aDatabase(), connectionTimeoutMillis: 5_000 }
    const lines = await Promise.all(Array.from({ length: 6 }, () => connect(config, () => undefined)))
    for (const schema of numbered('s', 20)) {
      const dialect = postgresDialect(schema)
      const plans: (readonly string[])[] = []
      const hosts = lines.map((line) => noting(plans, migrationHost(line, schema)))
      await Promise.all(hosts.map((host) => migrate(host, dialect, systemEnv)))
      expect(plans.filter(({ length }) => length > 0)).toHaveLength(1)
    }
    await Promise.all(lines.map((line) => line.close()))
  })

  test('is opened when whoever was making it is gone in the midst of it', async () => {
    const url = await aDatabase()
    const [maker, admin] = [await aClient(url), await aClient(url)]
    await maker.query('begin')
    await maker.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `consensus-store migrates ${SCHEMA}`,
    ])
    await maker.query(`create schema ${SCHEMA}`)
    const opening = aStore({ url, statementTimeoutMs: 50 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`,
    )
    const store = await opening
    await aRun(store)

    expect(await store.verify()).toMatchObject({ runs: 1, differences: [] })
  })

  test('is opened though the connection is lost in the midst of making it', async () => {
    const url = await aDatabase()
    const admin = await aClient(url)
    await admin.query(`select pg_advisory_lock(hashtextextended('consensus-store migrates ${SCHEMA}', 0))`)
    const opening = aStore({ url })
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity
      where ${OURS} and wait_event_type = 'Lock'`
    while ((await admin.query(terminate)).rows.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await admin.query('select pg_advisory_unlock_all()')
    await aRun(await opening)
  })
})

describe('a schema that is there', () => {
  test('is opened though connections are terminated as soon as they are made', async () => {
    const url = await aDatabase()
    await aStore({ url })
    const admin = await aClient(url)
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity
      where ${OURS} and random() < 0.3 limit $1`
    // No more than some for each opening: on a machine that is slow none would ever get through.
    let [opening, left] = [true, 0]
    const terminating = (async () => {
      let terminated = 0
      while (opening) {
        const { rows } = await admin.query(terminate, [left])
        terminated += rows.length
        left -= rows.length
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return terminated
    })()
    for (let i = 0; i < 50; i++) {
      left = 3
      await aStore({ url })
    }
    opening = false

    expect(await terminating).toBeGreaterThan(5)
  })
})
