import { mkdirSync, writeFileSync } from 'node:fs'
import { intercept, StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld } from './world.ts'

type World = ReturnType<typeof aWorld>

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

/** What is said to do about it, on the line below the error. */
async function remedy(world: World, ...argv: string[]): Promise<string> {
  const { code, stderr } = await world.run(argv)
  expect(code).toBe(1)
  const [, said] = /^error: [^\n]+\n {2}([^\n]+)\n$/.exec(stderr) ?? []
  return said ?? `Something else: ${stderr}`
}

const CHECK_PATH = 'Check that the path exists and may be used.'
const CHECK_SERVER = /^Check that the server runs, /
/** Nothing listens there. */
const NOWHERE = 'postgres://me:secret@127.0.0.1:1/db'

describe('what to do', () => {
  test('about a store that is not there is to name or make one', async () => {
    expect(await remedy(aWorld(), 'runs')).toBe(
      'Name another with --store or CONSENSUS_STORE, or make one: consensus import <path>, or consensus migrate',
    )
    expect(await remedy(aWorld(), 'migrate', '--check')).toMatch(/^Name another with --store/)
  })

  test.each([
    ['runs --store URL'],
    ['demo --store URL'],
    ['migrate --store URL'],
    ['migrate --check --store URL'],
    ['copy --from URL --to sqlite:copy.db'],
    ['copy --to URL'],
  ])('about a server that is not reached by %s is to look after the server', async (line) => {
    const argv = line.split(' ').map((word) => (word === 'URL' ? NOWHERE : word))
    expect(await remedy(await aWorldWithHistory(), ...argv)).toMatch(CHECK_SERVER)
  })

  test('about a server that is lost meanwhile is to look after the server', async () => {
    const lost = intercept(memoryStore(), (operation, call) =>
      operation === 'runs.list'
        ? Promise.reject(new StoreError('UNAVAILABLE', 'The connection is gone'))
        : call(),
    )
    const { stderr } = await aWorld().run(['runs', '--store', 'mine://far/away'], {
      backends: { mine: async () => lost },
    })
    expect(stderr.split('\n')[1]?.trim()).toMatch(CHECK_SERVER)
  })

  test.each([
    ['runs --store sqlite:folder'],
    ['migrate --store sqlite:nowhere/store.db'],
    ['archive pay-audit --folder missing'],
    ['retention apply --archive-after 0 --delete-after never --folder missing'],
    ['archives restore --from missing.zst'],
    ['backup nowhere/copy.db'],
    ['restore missing.db --to sqlite:new.db'],
    [`restore missing.db --to ${NOWHERE}`],
    ['import missing'],
    ['retention plan --policy missing.json'],
  ])('about a path of %s is to look at the path', async (line) => {
    const world = await aWorldWithHistory()
    mkdirSync(world.path('folder'))
    expect(await remedy(world, ...line.split(' '))).toBe(CHECK_PATH)
  })

  test('about a store that is filled already is to restore to another', async () => {
    const world = await aWorldWithHistory()
    await world.run(['backup', 'copy.db'])
    await world.run(['export', '--out', 'all.jsonl'])
    expect(await remedy(world, 'restore', 'copy.db')).toMatch(/^Name a store that is not there yet.* --to\.$/)
  })

  test('about a backup is to take the file that is one, or to name one that may be replaced', async () => {
    const world = await aWorldWithHistory()
    writeFileSync(world.path('notes.txt'), 'No backup, but somebody wants to keep it.')
    expect(await remedy(world, 'restore', 'notes.txt', '--to', 'sqlite:new.db')).toMatch(
      /^Check that it is the right file/,
    )
    expect(await remedy(world, 'backup', 'notes.txt')).toMatch(/^Name another file, /)
  })

  test.each(['runs', 'migrate', 'verify'])('about a damaged store is said by %s: restore', async (verb) => {
    const world = aWorld()
    writeFileSync(world.path('it is.txt'), 'Not a database, but long enough to be taken for one.')
    expect(await remedy(world, verb, '--store', 'sqlite:it is.txt')).toContain(
      "consensus restore --store 'sqlite:it is.txt' <file>",
    )
  })

  test('about a damaged run is to verify', async () => {
    const world = await aWorldWithHistory()
    const database = new Database(world.path('consensus.db'))
    database.prepare(`delete from body where text like '%once%'`).run()
    database.close()
    expect(await remedy(world, 'export', 'pay-plan')).toMatch(/^See what is damaged: consensus verify\. /)
  })

  test('names the store that was named, and no password', async () => {
    const world = await aWorldWithHistory()
    const there = 'See what there is: consensus runs, or consensus executions'
    expect(await remedy(world, 'show', 'nobody')).toBe(there)
    expect(await remedy(world, 'show', 'nobody', '--store', 'sqlite:./consensus.db')).toBe(there)
    expect(await remedy(world, 'show', 'nobody', '--store', 'sqlite:consensus.db')).toBe(
      'See what there is: consensus runs --store sqlite:consensus.db, or consensus executions --store sqlite:consensus.db',
    )
    const { stderr } = await world.run(['show', 'nobody', '--store', 'mine://me:secret@far/away'], {
      backends: { mine: async () => memoryStore() },
    })
    expect(stderr).toContain('consensus runs --store <url>, or consensus executions --store <url>\n')
  })
})
