import type { Contestant } from '@consensus-store/conformance/differential'
import { memoryStore } from '@consensus-store/memory'
import { postgresStore } from '@consensus-store/postgres'
import { sqliteStore } from '@consensus-store/sqlite'

/** The reference, which says what is right when another differs. */
export const memory: Contestant = {
  name: 'memory',
  open: async (env) => memoryStore({ env }),
  source: {
    imports: "import { memoryStore } from '@consensus-store/memory'",
    open: 'memoryStore({ env })',
  },
}

export const sqlite: Contestant = {
  name: 'sqlite',
  open: (env) => sqliteStore({ path: ':memory:', env }),
  source: {
    imports: "import { sqliteStore } from '@consensus-store/sqlite'",
    open: "sqliteStore({ path: ':memory:', env })",
  },
}

/** Each store in a schema of its own. */
export function postgres(url: string): Contestant {
  let schemas = 0
  return {
    name: 'postgres',
    open: (env) => postgresStore({ url, schema: `s${++schemas}`, poolSize: 2, env }),
    source: {
      imports: "import { postgresStore } from '@consensus-store/postgres'",
      open: "postgresStore({ url: process.env.POSTGRES_URL, schema: 'reproduced', env })",
    },
  }
}
