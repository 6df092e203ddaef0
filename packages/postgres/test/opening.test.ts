import { systemEnv } from '@consensus-store/core'
import { migrate } from '@consensus-store/sql'
import { describe, expect, test } from 'vitest'
import { postgresDialect } from '../src/dialect.ts'
import { connect } from '../src/line.ts'
import { migrationHost } from '../src/migration-host.ts'
import { aClient, aDatabase, aRun, aStore, numbered, SCHEMA } from './database.ts'
import { type Playing, play } from './play.ts'
import { ROUNDS } from './rounds.ts'

describe('a schema that is new', () => {
  test('may be opened by eight processes at once, twenty times over', { timeout: 180_000 }, async () => {
    const url = await aDatabase()
    const players: Playing[] = Array.from({ length: 8 }, () => play('opening anew', url))
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        await Promise.all(players.map((player) => player.heard(round)))
        for (const player of players) player.letGo()
      }
      for (const player of players) expect(await player.outcome).toEqual({ code: 0, said: 'opened' })
    } finally {
      await Promise.all(players.map((player) => player[Symbol.asyncDispose]()))
    }

    for (const schema of numbered('s', ROUNDS)) {
      const store = await aStore({ url, schema })
      expect(await store.verify()).toMatchObject({ runs: 8, events: 8, differences: [] })
    }
  })

  test('may be opened at once over connections that have opened others', async () => {
    // As a proxy gives them: to a server that knows all names by heart, and hears late of new ones.
    const config = { connectionString: await aDatabase(), connectionTimeoutMillis: 5_000 }
    const lines = await Promise.all(Array.from({ length: 6 }, () => connect(config, () => undefined)))
    for (const schema of numbered('s', ROUNDS)) {
      const dialect = postgresDialect(schema)
      await Promise.all(lines.map((line) => migrate(migrationHost(line, schema), dialect, systemEnv)))
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
      where application_name = 'consensus-store' and wait_event_type = 'Lock'`
    while ((await admin.query(terminate)).rows.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await admin.query('select pg_advisory_unlock_all()')
    await aRun(await opening)
  })
})
