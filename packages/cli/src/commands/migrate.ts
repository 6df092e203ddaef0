import { StoreError } from '@consensus-store/core'
import { command } from '../command.ts'
import { fileOf, storeExists } from '../open-store.ts'
import { flag } from '../option.ts'
import { sqliteSchema } from '../sqlite-schema.ts'

export const migrate = command({
  summary: "Bring a store's schema up to date, or make a new store",
  details:
    'Every verb does so when it opens a store. With --check nothing is changed, and 1 means there is work to do.',
  args: [],
  options: { check: flag('Only say what there is to do') },

  async run({ io, storeUrl, open, json, print, printJson }, _args, { check }) {
    const file = fileOf(storeUrl, io.cwd)
    if (file === undefined) {
      await open({ missing: check ? 'refuse' : 'create' })
      await (json
        ? printJson({ from: null, to: null })
        : print('This kind of store has no schema to migrate.'))
      return 0
    }
    if (check && !storeExists(storeUrl, io.cwd)) {
      throw new StoreError('UNAVAILABLE', `There is no store at ${file}`)
    }
    const { version: from, current: to } = await sqliteSchema(file)
    // Opening refuses a newer version in its own words, so that every verb says the same.
    if (!check || from > to) await open({ missing: 'create' })
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
