import { describeSuites, type OpenOptions } from '@consensus-store/conformance'
import { postgresService } from '@consensus-store/conformance/services'
import { postgresStore } from '@consensus-store/postgres'
import { afterAll, beforeAll } from 'vitest'

// As behind a proxy that pools transactions, which forgets what was prepared by name.
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

// Names of statements matter to whatever is read and written, not to what a store refuses before it asks the database.
const suites = [
  'runs',
  'executions',
  'routes',
  'artifacts',
  'syntheses',
  'events',
  'bundles',
  'transactions',
  'arrivals',
  'racing',
  'paging',
] as const

describeSuites(
  'postgres without prepared statements',
  {
    open: (options) => postgresStore({ url, schema: newSchema(), preparedStatements: false, ...options }),
    async place() {
      const schema = newSchema()
      return {
        open: (options?: OpenOptions) =>
          postgresStore({ url, schema, preparedStatements: false, ...options }),
        opener: new URL('./opener.ts', import.meta.url),
        location: `${url} ${schema}`,
        async [Symbol.asyncDispose]() {},
      }
    },
  },
  suites,
)
