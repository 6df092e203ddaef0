import { type Database, postgresService, type Service, tcpProxy } from '@consensus-store/conformance/services'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

let service: Service
let database: Database
beforeAll(async () => {
  service = await postgresService()
  database = await service.database()
})
afterAll(async () => {
  await database.drop()
  await service.stop()
})

test('a client hears of a broken connection', async () => {
  await using proxy = await tcpProxy(database.url)
  const client = new Client({ connectionString: proxy.url })
  await client.connect()
  const broken = new Promise<Error>((resolve) => client.on('error', resolve))

  await proxy.cut()

  expect(await broken).toMatchObject({ code: 'ECONNRESET' })
})
