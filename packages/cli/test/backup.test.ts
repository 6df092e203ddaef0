import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { backupBundles } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

type World = Awaited<ReturnType<typeof aWorldWithHistory>>

const exported = async (world: World, store = 'sqlite:consensus.db') =>
  (await world.run(['export', '--store', store])).stdout

async function backedUp(world: World, ...options: readonly string[]) {
  const { code, stdout } = await world.run(['backup', 'b.db', '--json', ...options])
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

describe('backup', () => {
  test('keeps everything in a file from which restore makes the same store', async () => {
    const world = await aWorldWithHistory()
    const { digest, bytes } = await backedUp(world)
    const restored = await world.run(['restore', 'b.db', '--to', 'sqlite:new.db'])

    expect(restored).toEqual({
      code: 0,
      stdout: `Restored 4 runs to sqlite:new.db.\nIts digest is ${digest}, which is that of the backup.\n`,
      stderr: '',
    })
    expect(bytes).toBe(readFileSync(world.path('b.db')).length)
    expect(await exported(world, 'sqlite:new.db')).toBe(await exported(world))
    expect((await world.run(['verify', '--store', 'sqlite:new.db'])).code).toBe(0)
  })

  test('says what it kept', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout } = await world.run(['backup', 'b.db'])

    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Backed 4 runs up to .*b\.db, a SQLite database of [\d,]+ bytes\.\nIts digest is sha256:/,
    )
  })

  test('keeps as many as it is told', async () => {
    const world = await aWorldWithHistory()
    for (let i = 0; i < 4; i++) await backedUp(world, '--keep', '2')

    expect(readdirSync(world.cwd).filter((name) => name.startsWith('b.db'))).toEqual(['b.db', 'b.db.1'])
    expect((await world.run(['backup', 'b.db', '--keep', '0'])).code).toBe(2)
  })

  test('overwrites no other file, and makes no store where none is', async () => {
    const world = await aWorldWithHistory()
    writeFileSync(world.path('notes'), 'mine')
    const refused = await world.run(['backup', 'notes'])
    const missing = await world.run(['backup', 'b.db', '--store', 'sqlite:nowhere.db'])

    expect([refused.code, missing.code]).toEqual([1, 1])
    expect(refused.stderr).toContain('CONFLICT: ')
    expect(missing.stderr).toContain('UNAVAILABLE: ')
    expect(readFileSync(world.path('notes'), 'utf8')).toBe('mine')
    expect(existsSync(world.path('nowhere.db'))).toBe(false)
  })
})

describe('restore', () => {
  test('leaves a store as it is that has anything in it', async () => {
    const world = await aWorldWithHistory()
    await backedUp(world)
    await bundlesOf(world)
    const before = await exported(world)

    for (const file of ['b.db', 'bundles']) {
      const { code, stderr } = await world.run(['restore', file, '--to', 'sqlite:consensus.db'])
      expect(code).toBe(1)
      expect(stderr).toContain('CONFLICT: ')
    }
    expect(await exported(world)).toBe(before)
  })

  test('fills a store that was made and is empty', async () => {
    const world = await aWorldWithHistory()
    const { digest } = await backedUp(world)
    await world.run(['migrate', '--store', 'sqlite:empty.db'])
    const { code, stdout } = await world.run(['restore', 'b.db', '--to', 'sqlite:empty.db', '--json'])

    expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, runs: 4, digest })
    expect(await exported(world, 'sqlite:empty.db')).toBe(await exported(world))
  })

  test('takes a backup of any format to a store of any kind', async () => {
    const world = await aWorldWithHistory()
    const { digest } = await backedUp(world)
    expect((await bundlesOf(world)).digest).toBe(digest)

    for (const [file, to] of [
      ['bundles', 'sqlite:from-bundles.db'],
      ['b.db', 'memory:'],
      ['bundles', 'memory:'],
    ] as const) {
      const { code, stdout } = await world.run(['restore', file, '--to', to, '--json'])
      expect({ code, ...JSON.parse(stdout) }).toEqual({ code: 0, runs: 4, digest })
    }
    expect(await exported(world, 'sqlite:from-bundles.db')).toBe(await exported(world))
  })

  test('makes no store of a backup that is damaged, missing or none', async () => {
    const world = await aWorldWithHistory()
    await backedUp(world)
    await bundlesOf(world)
    for (const name of ['b.db', 'bundles']) {
      const whole = readFileSync(world.path(name))
      writeFileSync(world.path(`${name} cut`), whole.subarray(0, whole.length - 5_000))
    }
    writeFileSync(world.path('notes'), 'mine')

    for (const [file, code] of [
      ['b.db cut', 'CORRUPT'],
      ['bundles cut', 'CORRUPT'],
      ['notes', 'CORRUPT'],
      ['nothing', 'UNAVAILABLE'],
    ] as const) {
      const result = await world.run(['restore', file, '--to', 'sqlite:new.db'])
      expect([file, result.code]).toEqual([file, 1])
      expect(result.stderr).toContain(`${code}: `)
      expect(readdirSync(world.cwd).filter((name) => name.startsWith('new.db'))).toEqual([])
    }
  })
})

describe('reclaim', () => {
  test('gives back what deleted runs took', async () => {
    const world = await aWorldWithHistory()
    await world.write(async ({ runs, artifacts }) => {
      await runs.start({ id: 'large', specId: 'S', stage: 'plan' })
      await artifacts.add({ runId: 'large', agentName: 'code', content: 'x'.repeat(1_000_000) })
      await runs.abandon('large')
      await runs.delete('large')
    })
    const first = await world.run(['reclaim'])
    const second = JSON.parse((await world.run(['reclaim', '--json'])).stdout)

    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^Gave back [\d,]{7,} bytes; it takes [\d,]+ bytes now\.\n$/)
    expect(second).toMatchObject({ converted: false, unconverted: 0 })
    // What was kept of the first is in the log.
    expect(second.before - second.after).toBeLessThan(100_000)
  })

  test('converts a file that was made without auto_vacuum only when it is told', async () => {
    const world = aWorld()
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(world.path('consensus.db'))
    database.exec('create table x (y); drop table x')
    database.close()
    await world.write(aHistory)
    await world.write(async ({ runs, artifacts }) => {
      await runs.start({ id: 'large', specId: 'S', stage: 'plan' })
      await artifacts.add({ runId: 'large', agentName: 'code', content: 'x'.repeat(1_000_000) })
      await runs.abandon('large')
      await runs.delete('large')
    })
    const before = await exported(world)
    const untold = await world.run(['reclaim'])
    const told = await world.run(['reclaim', '--convert'])

    expect(untold.code).toBe(1)
    expect(untold.stdout).toMatch(
      /^[\d,]{7,} bytes are free and cannot be given back without --convert; it takes [\d,]+ bytes\.$/m,
    )
    expect(told.code).toBe(0)
    expect(told.stdout).toContain('Converted the file: from now on it gives space back by itself.\n')
    expect(JSON.parse((await world.run(['reclaim', '--convert', '--json'])).stdout)).toMatchObject({
      converted: false,
    })
    expect(await exported(world)).toBe(before)
  })
})

/** Backs the world's store up as any other store does it. */
async function bundlesOf(world: World) {
  await using store = await sqliteStore({ path: world.path('consensus.db') })
  return await backupBundles(store, world.path('bundles'))
}
