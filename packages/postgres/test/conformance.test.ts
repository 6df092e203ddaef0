import { describeStore, type OpenOptions } from '@consensus-store/conformance'
import { postgresService } from '@consensus-store/conformance/services'
import { postgresStore } from '@consensus-store/postgres'
import { afterAll, beforeAll } from 'vitest'
import { beneath, bytesOf } from './beneath.ts'

let url: string
beforeAll(async () => {
  const service = await postgresService()
  const database = await service.database()
  url = database.url
  afterAll(async () => {
    await database.drop()
    await service.stop()
  })
})

let schemas = 0
const newSchema = () => `s${++schemas}`

describeStore('postgres', {
  open: (options) => postgresStore({ url, schema: newSchema(), ...options }),
  place: async () => placeIn(newSchema()),
  async damageable() {
    const schema = newSchema()
    return { ...placeIn(schema), ...beneath(url, schema) }
  },
})

function placeIn(schema: string) {
  return {
    open: (options?: OpenOptions) => postgresStore({ url, schema, ...options }),
    bytes: () => bytesOf(url, schema),
    opener: new URL('./opener.ts', import.meta.url),
    location: `${url} ${schema}`,
    async [Symbol.asyncDispose]() {},
  }
}
