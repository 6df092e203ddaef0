import { postgresService } from '@consensus-store/conformance/services'
import { onTestFinished } from 'vitest'

/** The URL of an empty database of its own, which goes when the test ends. Its user has a password. */
export async function aDatabase(): Promise<string> {
  const service = await postgresService()
  const database = await service.database()
  onTestFinished(async () => {
    await database.drop()
    await service.stop()
  })
  return database.url
}
