import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { memoryStore } from '@consensus-store/memory'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { commands } from '../src/commands/index.ts'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

/** How each verb that needs a store to be there is called. */
const needing: Readonly<Record<string, readonly string[]>> = {
  runs: [],
  show: ['r'],
  latest: ['s', 'plan'],
  route: ['a'],
  executions: [],
  failures: [],
  stale: [],
  replay: ['r'],
  timeline: ['r'],
  diff: ['r'],
  watch: [],
  export: [],
  delete: ['r'],
  abandon: ['r'],
  archive: ['r'],
  archives: [],
  forget: [],
  cursors: [],
  retention: ['plan'],
  backup: ['copy'],
  reclaim: [],
  upkeep: [],
  verify: [],
}
/** What cannot be opened is what it tells of. */
const telling = ['health']
const making = ['demo', 'import', 'copy', 'restore', 'migrate']

test('every verb is known to need a store or to make one', () => {
  expect([...Object.keys(needing), ...telling, ...making]).toEqual(
    expect.arrayContaining(Object.keys(commands)),
  )
})

describe('a file that was cut to nothing', () => {
  test.each([...Object.entries(needing), ['health', []] as const])(
    'is no store to %s, and stays as it is',
    async (verb, args) => {
      const world = aWorld()
      writeFileSync(world.path('consensus.db'), '')
      const { code } = await world.run([verb, ...args])

      expect(code).toBe(1)
      expect(readdirSync(world.cwd)).toEqual(['consensus.db'])
      expect(readFileSync(world.path('consensus.db'))).toHaveLength(0)
    },
  )

  test('is no store to check for migrations', async () => {
    const world = aWorld()
    writeFileSync(world.path('consensus.db'), '')
    expect((await world.run(['migrate', '--check'])).code).toBe(1)
    expect(readFileSync(world.path('consensus.db'))).toHaveLength(0)
  })
})

describe('a store that is not there', () => {
  test.each(Object.entries(needing))('is refused by %s, which makes none', async (verb, args) => {
    const world = aWorld()
    const { code, stdout, stderr } = await world.run([verb, ...args])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: UNAVAILABLE: .*consensus\.db/)
    expect(stderr).toContain('Name another with --store or CONSENSUS_STORE, or make one')
    expect(readdirSync(world.cwd)).toEqual([])
  })

  test('is not made by migrate --check either', async () => {
    const world = aWorld()
    const { code, stderr } = await world.run(['migrate', '--check'])

    expect(code).toBe(1)
    expect(stderr).toContain('UNAVAILABLE')
    expect(readdirSync(world.cwd)).toEqual([])
  })
})

describe('a store URL', () => {
  test.each([
    ['sqlite:store.db', 'store.db'],
    ['sqlite:./deep/er/store.db', 'deep/er/store.db'],
    ['sqlite:with spaces.db', 'with spaces.db'],
    ['sqlite:100%20.db', '100%20.db'],
    ['sqlite:a#b?c=d.db', 'a#b?c=d.db'],
    ['sqlite:C:odd.db', 'C:odd.db'],
    ['sqlite:Größe 漢字.db', 'Größe 漢字.db'],
  ])('%s stands for the file %s', async (url, file) => {
    const world = aWorld()
    mkdirSync(world.path('deep/er'), { recursive: true })

    expect((await world.run(['migrate', '--store', url])).code).toBe(0)
    expect(existsSync(world.path(file))).toBe(true)
    expect((await world.run(['runs', '--store', url])).code).toBe(0)
  })

  test.each(['sqlite:', 'sqlite://'])('may be absolute, as in %s/folder/store.db', async (prefix) => {
    const world = aWorld()

    expect((await world.run(['migrate', '--store', `${prefix}${world.path('store.db')}`])).code).toBe(0)
    expect(existsSync(world.path('store.db'))).toBe(true)
  })

  test('comes from CONSENSUS_STORE unless --store is given', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const env = { CONSENSUS_STORE: 'sqlite:consensus.db' }

    expect((await world.run(['runs', '--json'], { env: { CONSENSUS_STORE: 'memory:' } })).stdout).toBe('')
    expect(jsonLines((await world.run(['runs', '--json'], { env })).stdout)).toHaveLength(4)
    expect((await world.run(['runs', '--json', '--store', 'memory:'], { env })).stdout).toBe('')
    expect(
      jsonLines((await world.run(['runs', '--json'], { env: { CONSENSUS_STORE: '' } })).stdout),
    ).toHaveLength(4)
  })

  test.each([
    ['redis://:u:p@h', 'There are no redis: stores', 'Known are sqlite:, postgres:, postgresql: and memory:'],
    ['Postgres://u:p@h/db', '"Postgres://u:***@h/db" names no kind of store', 'Known are'],
    ['postgres:x', 'postgres: needs the rest of a URL', 'As in postgres://user@host:5432/database'],
    ['postgres://u:p@h:port/db', 'postgres: needs the rest of a URL', 'As in'],
    ['./consensus.db', '"./consensus.db" names no kind of store', 'did you mean sqlite:./consensus.db?'],
    ['', '"" names no kind of store', 'Known are sqlite:, postgres:, postgresql: and memory:'],
    ['constructor:x', 'There are no constructor: stores', 'Known are'],
    ['sqlite:', 'sqlite: needs a path', 'sqlite:./consensus.db'],
    ['sqlite://store.db', 'could mean two files', 'sqlite:store.db for a path from here'],
  ])('%j is wrong usage', async (url, problem, remedy) => {
    const world = aWorld()
    const { code, stdout, stderr } = await world.run(['runs', '--store', url])

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(problem)
    expect(stderr).toContain(remedy)
    expect(stderr).not.toContain('u:p@')
  })

  test('may be of a kind that whoever calls main brings along', async () => {
    const opened: string[] = []
    const backends = {
      mine: async (location: string) => {
        opened.push(location)
        return memoryStore()
      },
    }

    expect((await aWorld().run(['runs', '--store', 'mine:over there'], { backends })).code).toBe(0)
    expect(opened).toEqual(['over there'])
  })
})

describe('a file that is no store', () => {
  test.each(Object.entries(needing))('is refused by %s and not touched', async (verb, args) => {
    const world = aWorld()
    writeFileSync(
      world.path('notes.txt'),
      'Not a database, but long enough to be taken for one by its size alone.',
    )
    foreignDatabase(world.path('foreign.db'))
    mkdirSync(world.path('folder'))
    const before = snapshot(world)

    for (const [file, problem] of refusals) {
      const { code, stdout, stderr } = await world.run([verb, ...args, '--store', `sqlite:${file}`])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(problem)
      expect(stderr).toContain(file)
    }
    expect(snapshot(world)).toEqual(before)
  })

  test.each(['demo', 'migrate', 'migrate --check'])('is refused by %s and not touched', async (line) => {
    const world = aWorld()
    writeFileSync(
      world.path('notes.txt'),
      'Not a database, but long enough to be taken for one by its size alone.',
    )
    foreignDatabase(world.path('foreign.db'))
    mkdirSync(world.path('folder'))
    const before = snapshot(world)

    for (const [file, problem] of refusals) {
      const { code, stderr } = await world.run([...line.split(' '), '--store', `sqlite:${file}`])
      expect(code).toBe(1)
      expect(stderr).toMatch(problem)
    }
    expect(snapshot(world)).toEqual(before)
  })

  const refusals: [string, RegExp][] = [
    ['notes.txt', /^error: CORRUPT: /],
    ['foreign.db', /^error: SCHEMA: .*something else/],
    ['folder', /^error: UNAVAILABLE: /],
  ]
})

describe('migrate', () => {
  test('makes a new store', async () => {
    const world = aWorld()

    expect((await world.run(['migrate'])).stdout).toBe('Made a new store, at version 1.\n')
    expect((await world.run(['migrate'])).stdout).toBe('The schema is at version 1, as it should be.\n')
    expect(jsonLines((await world.run(['migrate', '--json'])).stdout)).toEqual([{ from: 1, to: 1 }])
  })

  test('brings an old file up to date, and with --check only says so', async () => {
    const world = aWorld()
    const empty = new Database(world.path('consensus.db'))
    empty.pragma('user_version = 1')
    empty.close()
    const before = readFileSync(world.path('consensus.db'))

    expect(await world.run(['migrate', '--check'])).toEqual({
      code: 1,
      stdout: 'The schema is at version 0; migrating brings it to 1.\n',
      stderr: '',
    })
    expect(readFileSync(world.path('consensus.db')).equals(before)).toBe(true)
    expect(jsonLines((await world.run(['migrate', '--json'])).stdout)).toEqual([{ from: 0, to: 1 }])
    expect((await world.run(['migrate', '--check'])).code).toBe(0)
  })

  test.each(['migrate', 'migrate --check', 'runs'])(
    'leaves a newer store alone when asked to %s',
    async (line) => {
      const world = aWorld()
      await world.write(aHistory)
      const database = new Database(world.path('consensus.db'))
      database.exec(`insert into consensus_migration (version, name, applied_at) values (99, 'future', 0)`)
      database.close()
      const { code, stdout, stderr } = await world.run(line.split(' '))

      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('SCHEMA: The database has schema version 99')
    },
  )

  test('has nothing to do where there is no schema', async () => {
    expect(await aWorld().run(['migrate', '--store', 'memory:'])).toMatchObject({
      code: 0,
      stdout: 'This kind of store has no schema to migrate.\n',
    })
  })
})

function foreignDatabase(path: string): void {
  const database = new Database(path)
  database.exec('create table invoice (id integer primary key)')
  database.close()
}

const snapshot = ({ cwd, path }: ReturnType<typeof aWorld>) =>
  readdirSync(cwd, { withFileTypes: true }).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(path(entry.name), 'hex') : 'folder',
  ])
