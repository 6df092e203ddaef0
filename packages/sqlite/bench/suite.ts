import { named, type Suite } from '@consensus-store/conformance/bench'
import Database from 'better-sqlite3'
import { trials } from './trials/index.ts'
import { full, tiny } from './trials/sizes.ts'
import { workshop } from './workshop.ts'

/** The trials of this backend; on small files with `once`. Those go with the process. */
export const sqliteSuite = (once: boolean): Suite => ({
  trials: named('sqlite', trials(workshop(), once ? tiny : full)),
  facts: () => ({
    sqlite: new Database(':memory:').prepare('select sqlite_version()').pluck().get() as string,
  }),
  async [Symbol.asyncDispose]() {},
})
