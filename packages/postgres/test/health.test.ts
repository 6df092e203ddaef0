import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, aRun, aStore, SCHEMA } from './database.ts'
import { promptly } from './promptly.ts'

describe('health of a server', () => {
  test('tells of its pool, its sizes and its rows', async () => {
    const store = await aStore({ url: await aDatabase(), poolSize: 4 })
    await aRun(store)
    const { ok, details, space, rows } = await store.health()

    expect(ok).toBe(true)
    expect(details).toMatchObject({ schema: SCHEMA, schemaVersion: 1, poolSize: 4 })
    expect(details.connections).toBeGreaterThan(0)
    expect(space!.bytes).toBeGreaterThan(0)
    expect(rows!.runs).toEqual({ count: 1, precision: 'exact' })
  })

  test('never rejects when the tables are gone', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    const client = await aClient(url)
    await client.query(`drop table ${SCHEMA}.chore`)
    const { ok, findings, rows } = await store.health()
    expect(ok).toBe(false)
    expect(findings).toMatchObject([{ subject: 'database', message: expect.stringContaining('chores') }])
    expect(rows).toBeDefined()
    await client.query(`drop schema ${SCHEMA} cascade`)

    expect(await store.health()).toMatchObject({
      ok: false,
      findings: [{ subject: 'server' }],
      rows: undefined,
    })
  })

  test('does not wait for a table that somebody has to himself', async () => {
    const url = await aDatabase()
    const store = await aStore({ url, connectTimeoutMs: 500 })
    await aRun(store)
    const client = await aClient(url)
    await client.query('begin')
    await client.query(`lock table ${SCHEMA}.artifact in access exclusive mode`)
    const { rows, findings } = await promptly(store.health(), 'health')
    await client.query('rollback')

    expect(rows).toBeUndefined()
    const finding = findings.find(({ message }) => message.includes('rows'))
    expect(finding).toMatchObject({ subject: 'database', severity: 'warning' })
    // Nothing is damaged.
    expect(finding?.remedy).not.toMatch(/verify|backup/)
    expect(await store.health({ latencyMs: 60_000 })).toMatchObject({ ok: true, findings: [] })
  })
})
