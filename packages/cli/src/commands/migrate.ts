import { command } from '../command.ts'
import { fileOf, NoStoreYet, storeExists } from '../open-store.ts'
import { flag } from '../option.ts'
import { RESTORE_BACKUP } from '../remedied.ts'
import { storeMigration } from '../store-migration.ts'
import { UsageError } from '../usage-error.ts'

export const migrate = command({
  summary: "Bring a store's schema up to date, or make a new store",
  details:
    'Every verb does so when it opens a store. With --check nothing is changed, and 1 means there is work to do. ' +
    'With --plan nothing is changed either, and the SQL it would run is printed: nothing when the schema is up to date.',
  args: [],
  remedies: { CORRUPT: RESTORE_BACKUP },
  options: { check: flag('Only say what there is to do'), plan: flag('Only print the SQL there is to run') },

  async run({ io, storeUrl, open, json, print, printJson, outlastReader }, _args, { check, plan }) {
    if (check && plan) throw new UsageError('migrate takes --check or --plan, not both')
    const place = { cwd: io.cwd, env: io.clock }
    const file = fileOf(storeUrl, io.cwd)
    if (check && file !== undefined && !(await storeExists(storeUrl, place))) {
      throw new NoStoreYet(`There is no store at ${file}`)
    }
    const migration = await storeMigration(storeUrl, place)
    if (plan) {
      const { from = null, to = null, statements = [] } = migration ?? {}
      if (json) await printJson({ from, to, statements })
      else for (const statement of statements) await print(`${statement};`)
      return 0
    }
    if (!migration) {
      await open({ missing: check ? 'refuse' : 'create' })
      await (json
        ? printJson({ from: null, to: null })
        : print('This kind of store has no schema to migrate.'))
      return 0
    }
    const { from, to } = migration
    outlastReader()
    if (!check) await open({ missing: 'create' })
    await (json ? printJson({ from, to }) : print(sentence(from, to, check)))
    return check && from < to ? 1 : 0
  },
})

function sentence(from: number, to: number, check: boolean): string {
  if (from === to) return `The schema is at version ${to}, as it should be.`
  if (check) return `The schema is at version ${from}; migrating brings it to ${to}.`
  return from === 0
    ? `Made a new store, at version ${to}.`
    : `Migrated the schema from version ${from} to ${to}.`
}
