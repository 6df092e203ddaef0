import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

/** A world whose history was damaged beneath the store. */
async function aDamagedWorld(...statements: readonly string[]) {
  const world = aWorld()
  await world.write(aHistory)
  const database = new Database(world.path('consensus.db'))
  database.pragma('foreign_keys = off')
  for (const statement of statements) expect(database.prepare(statement).run().changes).toBeGreaterThan(0)
  database.close()
  return world
}

const ROW = `update run set verdict = 'failed' where id = 'pay-audit'`
const LOST_BODY = `delete from body where text like '%once%'`
const UNTOLD_BODY = `insert into body (position, text) values (1000, 'whose?')`
const UNKNOWN_EVENT = `update event set type = 'run.renamed', data = '{"to":"x"}' where run_id = 'pay-plan' and sequence = 4`

describe('verify --repair', () => {
  test('says what it repaired', async () => {
    const world = await aDamagedWorld(ROW, `delete from run where id = 'pay-plan'`)

    expect(await world.run(['verify', '--repair'])).toEqual({
      code: 0,
      stdout: 'Repaired pay-audit.\nRepaired pay-plan.\n4 runs, 2 repaired: nothing differs any more.\n',
      stderr: '',
    })
    expect((await world.run(['verify'])).stdout).toBe('4 runs, 23 events: nothing differs.\n')
    expect((await world.run(['verify', '--repair'])).stdout).toBe(
      '4 runs, 0 repaired: nothing differs any more.\n',
    )
  })

  test('lists what it could not repair, with why, and exits with 1', async () => {
    const world = await aDamagedWorld(ROW, LOST_BODY)
    const { code, stdout } = await world.run(['verify', '--repair'])

    expect(code).toBe(1)
    expect(stdout).toMatch(/^Repaired pay-audit\.\nRUN +WHAT +DIFFERS +NOT REPAIRED, BECAUSE\n/)
    expect(stdout).toMatch(
      /^pay-plan +artifact art-1 +has lost its content +the text .* is nowhere in the run$/m,
    )
    expect(stdout).toMatch(/4 runs, 1 repaired: \d differences left\.\n$/)
  })

  test('repairs one run when told', async () => {
    const world = await aDamagedWorld("update run set branch = 'other'")

    expect((await world.run(['verify', '--repair', 'pay-plan'])).stdout).toBe(
      'Repaired pay-plan.\n1 run, 1 repaired: nothing differs any more.\n',
    )
    expect((await world.run(['verify'])).stdout).toMatch(/: 3 differences\.\n$/)
    const { code, stderr } = await world.run(['verify', '--repair', 'nobody'])
    expect(code).toBe(1)
    expect(stderr).toContain('NOT_FOUND: There is no run nobody')
  })

  test('removes what no event tells of only when told', async () => {
    const world = await aDamagedWorld(UNTOLD_BODY)

    const kept = await world.run(['verify', '--repair'])
    expect(kept.code).toBe(1)
    expect(kept.stdout).toMatch(/body 1000 +is in no event/)
    const removed = await world.run(['verify', '--repair', '--remove-untold'])
    expect(removed).toMatchObject({ code: 0, stdout: '4 runs, 0 repaired: nothing differs any more.\n' })
    expect((await world.run(['verify'])).code).toBe(0)

    const { code, stderr } = await world.run(['verify', '--remove-untold'])
    expect(code).toBe(2)
    expect(stderr).toContain('--remove-untold goes with --repair')
  })

  test('is one document for machines', async () => {
    const world = await aDamagedWorld(ROW, UNTOLD_BODY)
    const { code, stdout } = await world.run(['verify', '--repair', '--json'])

    expect(code).toBe(1)
    expect(jsonLines(stdout)).toMatchObject([
      { runs: 4, repaired: ['pay-audit'], agentIds: [], left: [{ subject: 'body 1000', what: 'untold' }] },
    ])
  })

  test('shows progress on a terminal', async () => {
    const world = await aDamagedWorld(ROW)
    expect((await world.run(['verify', '--repair'], { columns: 80 })).stderr).toContain('Repairing runs 1')
  })
})

describe('a run with an event of a type nobody knows', () => {
  test('is replayed with the event as it is', async () => {
    const world = await aDamagedWorld(UNKNOWN_EVENT)
    const { code, stdout } = await world.run(['replay', 'pay-plan'])

    expect(code).toBe(0)
    expect(stdout).toMatch(/^ *4 .* run\.renamed +\{"to":"x"\}$/m)
    expect(jsonLines((await world.run(['replay', '--json', 'pay-plan'])).stdout)[3]).toMatchObject({
      type: 'run.renamed',
      data: { to: 'x' },
    })
  })

  test('has a state up to the event, and none beyond', async () => {
    const world = await aDamagedWorld(UNKNOWN_EVENT)

    expect(await world.run(['replay', '--state', '--to', '3', 'pay-plan'])).toMatchObject({ code: 0 })
    for (const argv of [['replay', '--state'], ['replay', '--state', '--to', '4'], ['timeline'], ['diff']]) {
      const { code, stderr } = await world.run([...argv, 'pay-plan'])
      expect([argv, code]).toEqual([argv, 1])
      expect(stderr).toMatch(/CORRUPT: .*event 4 has the unknown type run\.renamed/)
    }
    expect(await world.run(['show', 'pay-plan'])).toMatchObject({ code: 0 })
    expect((await world.run(['verify', 'pay-plan'])).stdout).toMatch(/event 4 +is of the type run\.renamed/)
  })

  test('is exported, and not imported', async () => {
    const world = await aDamagedWorld(UNKNOWN_EVENT)
    expect(await world.run(['export', '--out', 'all.jsonl'])).toMatchObject({ code: 0 })

    const { code, stderr, stdout } = await world.run(['import', 'all.jsonl', '--store', 'sqlite:other.db'])
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('run.renamed')
    expect((await world.run(['verify', '--store', 'sqlite:other.db'])).stdout).toMatch(/^3 runs/)
  })
})

describe('export', () => {
  test('leaves out a run that lost a body, names it, and exits with 1', async () => {
    const world = await aDamagedWorld(LOST_BODY)
    const { code, stdout, stderr } = await world.run(['export'])

    expect(code).toBe(1)
    expect(jsonLines(stdout)).toHaveLength(3)
    expect(stderr).toMatch(/CORRUPT: run pay-plan is left out: The .* is lost/)
    expect(await world.run(['export', '--out', 'all.jsonl'])).toMatchObject({ code: 1 })
    const named = await world.run(['export', 'pay-plan'])
    expect(named).toMatchObject({ code: 1, stdout: '' })
    expect(named.stderr).toContain('CORRUPT')
  })
})
