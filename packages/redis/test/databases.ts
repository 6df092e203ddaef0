import { postgresService, redisService, type Service } from '@consensus-store/conformance/services'
import { afterAll, beforeAll } from 'vitest'

/** The URL of an empty database for the tests of one file, once they run. */
const aDatabase = (start: () => Promise<Service>): (() => string) => {
  let url = ''
  beforeAll(async () => {
    const service = await start()
    const database = await service.database()
    url = database.url
    afterAll(async () => {
      await database.drop()
      await service.stop()
    })
  })
  return () => url
}

export const redisForFile = () => aDatabase(redisService)
export const postgresForFile = () => aDatabase(postgresService)
