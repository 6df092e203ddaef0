import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { timeScale } from '../src/time-scale.ts'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

async function aWorldWithHistory() {
  const world = aWorld()
  await world.write(aHistory)
  return world
}

/** A run of agents that ended in every way there is, ten seconds apart, and one that never ended. */
async function aWorldOfEndings() {
  const world = aWorld()
  await world.write(async ({ runs, executions, artifacts }, at) => {
    const second = (seconds: number) => at(new Date(Date.UTC(2026, 2, 2, 9, 0, seconds)).toISOString())
    second(0)
    await runs.start({ id: 'r', specId: 's', stage: 'plan' })
    for (const agentId of ['done', 'failed', 'late', 'unwanted', 'early', 'hung']) {
      await executions.spawn({ agentId, runId: 'r', agentName: agentId, phaseType: 'regular-stage' })
    }
    second(20)
    for (const agentId of ['done', 'failed', 'late', 'unwanted', 'hung']) await executions.start(agentId)
    second(30)
    await executions.cancel('early')
    second(40)
    await executions.complete('done', { response: '' })
    await artifacts.add({ runId: 'r', agentName: 'done', content: 1 })
    await artifacts.add({ runId: 'r', agentName: 'done', content: 2 })
    await executions.spawn({ agentId: 'again', runId: 'r', agentName: 'done', phaseType: 'regular-stage' })
    second(50)
    await executions.fail('failed', { reason: 'error', message: 'quota' })
    second(55)
    await executions.timeOut('late')
    await executions.cancel('unwanted')
    await runs.abandon('r')
    second(59)
    await executions.complete('again', { response: '' })
    at('2026-04-02T09:00:00.000Z')
    await runs.pin('r')
  })
  return world
}

describe('timeline', () => {
  test('charts a run from its start to its end', async () => {
    const world = await aWorldWithHistory()

    expect(await world.run(['timeline', 'pay-plan'])).toEqual({
      code: 0,
      stderr: '',
      stdout: `Run pay-plan
  spec   pay
  stage  plan
  state  unanimous
  from   2026-03-02 08:00:00.000 UTC
  to     2026-03-02 08:07:00.000 UTC
  took   7m

NAME       AGENT            |08:00  |08:01   |08:02  |08:03   |08:04  |08:05   |08:06     STATE      WAITED  WORKED
run                         ────────────────────────────────────────────────────────────  unanimous
claude     claude-pay-plan  ███████████████████████████████████████████                   completed      0s      5m
gemini     gemini-pay-plan  ████████████████████████████████████████████████████          completed      0s  5m 59s
artifacts                                                             ◆        ◆          2
syntheses                                                                              ★  1

█ working  ◆ artifact  ★ synthesis
`,
    })
  })

  test('tells waiting from working, and every way to end', async () => {
    const world = await aWorldOfEndings()

    expect((await world.run(['timeline', 'r'])).stdout).toBe(`Run r
  spec   s
  stage  plan
  state  abandoned
  from   2026-03-02 09:00:00.000 UTC
  to     2026-03-02 09:00:59.000 UTC
  took   55s

NAME       AGENT     |09:00:00 |09:00:10 |09:00:20 |09:00:30 |09:00:40 |09:00:50   STATE      WAITED  WORKED
run                  ────────────────────────────────────────────────────────      abandoned
done       done      ░░░░░░░░░░░░░░░░░░░░█████████████████████                     completed     20s     20s
failed     failed    ░░░░░░░░░░░░░░░░░░░░██████████████████████████████✗           failed        20s     30s
late       late      ░░░░░░░░░░░░░░░░░░░░███████████████████████████████████!      timed-out     20s     35s
unwanted   unwanted  ░░░░░░░░░░░░░░░░░░░░███████████████████████████████████-      cancelled     20s     35s
early      early     ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░-                               cancelled     30s
hung       hung      ░░░░░░░░░░░░░░░░░░░░███████████████████████████████████████▸  running       20s  2h 59m
done       again                                             ████████████████████  completed      0s     19s
artifacts                                                    ◆                     2

░ waiting  █ working  ✗ failed  ! timed out  - cancelled  ▸ still out  ◆ artifact

Failures
AGENT   NAME    STATE      ENDED (UTC)       WHY
failed  failed  failed     2026-03-02 09:00  error: quota
late    late    timed-out  2026-03-02 09:00
`)
  })

  test('draws what is still out up to now', async () => {
    const world = await aWorldWithHistory()
    const at = async (now: string) =>
      (await world.run(['timeline', 'find-again'], { now: new Date(now) })).stdout

    expect(await at('2026-03-02T12:00:00.000Z')).toBe(`Run find-again
  spec   find
  stage  plan
  state  running
  from   2026-03-02 11:00:00.000 UTC
  to     2026-03-02 12:00:00.000 UTC, still running
  took   1h

NAME    AGENT              |11:00    |11:10    |11:20    |11:30    |11:40    |11:50      STATE    WAITED   WORKED
run                        ────────────────────────────────────────────────────────────  running
gemini  gemini-find-again  ███████████████████████████████████████████████████████████▸  running      1s  59m 59s

█ working  ▸ still out
`)
    expect(await at('2026-03-05T12:00:00.000Z')).toMatch(/▸ {2}running +1s +3d\n/)
    expect(await at('2026-03-02T10:00:00.000Z')).toMatch(/▸ {2}running +1s +-1h\n/)
  })

  test('says so when there are no executions', async () => {
    const world = aWorld()
    await world.write(({ runs }) => runs.start({ id: 'r', specId: 's', stage: 'plan' }))

    expect((await world.run(['timeline', 'r'])).stdout).toBe(`Run r
  spec   s
  stage  plan
  state  running
  from   2026-03-02 12:00:00.000 UTC
  to     2026-03-02 12:00:00.000 UTC, still running
  took   0s

NAME  AGENT  |12:00:00.000                                                 STATE    WAITED  WORKED
run          ─                                                             running

It has no executions.
`)
  })

  test('has a line for each of two hundred agents, one after the other', async () => {
    const world = aWorld()
    await world.write(async ({ runs, transaction }, at) => {
      const minute = (minutes: number) => at(new Date(Date.UTC(2026, 2, 2, 0, minutes)).toISOString())
      minute(0)
      await runs.start({ id: 'r', specId: 's', stage: 'plan' })
      await transaction(async (tx) => {
        for (let i = 0; i < 200; i++) {
          const agentId = `a${i}`
          minute(i)
          await tx.executions.spawn({ agentId, runId: 'r', agentName: 'code', phaseType: 'regular-stage' })
          await tx.executions.start(agentId)
          minute(i + 1)
          await tx.executions.complete(agentId, { response: '' })
        }
      })
      await runs.abandon('r')
    })
    const lines = (await world.run(['timeline', 'r'])).stdout.split('\n').filter((line) => /^code/.test(line))
    const starts = lines.map((line) => line.indexOf('█'))

    expect(lines).toHaveLength(200)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    expect(new Set(starts).size).toBe(60)
  })

  test('says what a clock that went back did', async () => {
    const world = aWorld()
    await world.write(async ({ runs, executions }, at) => {
      at('2026-03-02T09:00:10.000Z')
      await runs.start({ id: 'r', specId: 's', stage: 'plan' })
      await executions.spawn({ agentId: 'a', runId: 'r', agentName: 'code', phaseType: 'regular-stage' })
      at('2026-03-02T09:00:05.000Z')
      await executions.start('a')
      at('2026-03-02T09:00:00.000Z')
      await executions.fail('a', { reason: 'error', message: 'quota' })
      await runs.abandon('r')
    })
    const { stdout } = await world.run(['timeline', 'r'])

    expect(stdout).toMatch(/^run +─ +abandoned$/m)
    expect(stdout).toMatch(/^code +a +✗ +failed +-5s +-5s$/m)
    expect(jsonLines((await world.run(['timeline', 'r', '--json'])).stdout)).toMatchObject([
      {
        from: '2026-03-02T09:00:00.000Z',
        to: '2026-03-02T09:00:10.000Z',
        executions: [{ waitedMs: -5_000, workedMs: -5_000 }],
      },
    ])
  })

  test('is one document for machines, with spans in milliseconds', async () => {
    const world = await aWorldOfEndings()
    const documents = jsonLines((await world.run(['timeline', 'r', '--json'])).stdout)

    expect(documents).toMatchObject([
      {
        run: { id: 'r', status: 'abandoned' },
        from: '2026-03-02T09:00:00.000Z',
        to: '2026-03-02T09:00:59.000Z',
        endedAt: '2026-03-02T09:00:55.000Z',
        executions: [
          { agentId: 'done', status: 'completed', waitedMs: 20_000, workedMs: 20_000 },
          { agentId: 'failed', status: 'failed', waitedMs: 20_000, workedMs: 30_000 },
          { agentId: 'late', status: 'timed-out', waitedMs: 20_000, workedMs: 35_000 },
          { agentId: 'unwanted', status: 'cancelled', waitedMs: 20_000, workedMs: 35_000 },
          { agentId: 'early', status: 'cancelled', waitedMs: 30_000 },
          { agentId: 'hung', status: 'running', waitedMs: 20_000, workedMs: 10_780_000 },
          { agentId: 'again', status: 'completed', waitedMs: 0, workedMs: 19_000 },
        ],
        artifacts: [{ agentName: 'done' }, { agentName: 'done' }],
        syntheses: [],
      },
    ])
    expect((documents[0]!.executions as object[])[4]).not.toHaveProperty('workedMs')
  })

  test('says what is not there', async () => {
    const world = await aWorldWithHistory()
    const { code, stdout, stderr } = await world.run(['timeline', 'nobody'])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('NOT_FOUND: There is no run nobody')
  })

  test.each([20, 30, 40, 60, 80, 120, 200])('fits %d columns', async (columns) => {
    for (const [world, run] of [
      [await aWorldOfEndings(), 'r'],
      [await aWorldWithHistory(), 'pay-audit'],
    ] as const) {
      const { stdout } = await world.run(['timeline', run], { columns, env: { NO_COLOR: '1' } })
      const [head, table] = stdout.split('\n\n') as [string, string]
      const widths = table.split('\n').map((line) => stringWidth(line))

      expect(head).toContain(`Run ${run}`)
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
      expect(Math.max(...widths)).toBeGreaterThan(columns - 3)
      expect(table).not.toMatch(/[░█─]…/)
    }
  })

  test('names agents as far as there is room', async () => {
    const world = await aWorldWithHistory()
    const titles = async (columns: number) =>
      (await world.run(['timeline', 'pay-audit'], { columns, env: { NO_COLOR: '1' } })).stdout.match(
        /^NAME.*$/m,
      )?.[0]

    expect(await titles(120)).toMatch(/^NAME +AGENT +.*STATE +WAITED +WORKED$/)
    expect(await titles(80)).toMatch(/^NAME +\|.*STATE +WAITED +WORKED$/)
    expect(await titles(45)).toMatch(/^NAME +\|.*STATE$/)
    expect(await titles(25)).toMatch(/^NAME +\|[^A-Z]*$/)
  })

  test('colours bars by how they ended', async () => {
    const world = await aWorldOfEndings()
    const { stdout } = await world.run(['timeline', 'r'], { columns: 80 })
    const [red, yellow, plain] = [31, 33, 39].map((code) => `\\u001b\\[${code}m`)

    expect(stdout).toMatch(new RegExp(`${red} *░+█+✗ +${plain}  ${red}failed`))
    expect(stdout).toMatch(new RegExp(`${yellow} *░+█+! +${plain}  ${yellow}timed-out`))
  })
})

const DAY_MS = 86_400_000

describe('a time scale', () => {
  const start = Date.UTC(2026, 1, 27, 22, 17, 3, 141)
  const spans = [0, 1, 7, 130, 1_000, 1_999, 61_000, 20 * 60_000, 3 * 3_600_000, 26 * 3_600_000]
  const days = [3, 21, 100, 400, 5_000, 20_000].map((count) => count * DAY_MS)

  test.each([...spans, ...days])('of %d ms has its times where they belong', (ms) => {
    for (const cells of [1, 5, 16, 24, 60, 133]) {
      const { axis, cellOf } = timeScale(new Date(start), new Date(start + ms), cells)
      const labels = [...axis.matchAll(/\|(\S+)/g)]

      expect(axis).toHaveLength(cells)
      expect(labels.length > 0 || cells === 1).toBe(true)
      if (cells < 24) continue
      let after = start
      for (const { 1: label = '', index } of labels) {
        after = instantOf(label, after)
        expect(cellOf(new Date(after)), axis).toBe(index)
      }
    }
  })

  /** The first instant from another on that a label can mean. */
  function instantOf(label: string, from: number): number {
    if (/^\d{4}-/.test(label)) return Date.parse(label)
    for (let day = from - (from % DAY_MS); ; day += DAY_MS) {
      const date = new Date(day).toISOString().slice(0, 10)
      const meant = label.includes(':') ? Date.parse(`${date}T${label}Z`) : day
      if (meant >= from && (label.includes(':') || date.endsWith(label))) return meant
    }
  }

  test('puts what lies outside at its ends', () => {
    const { cellOf } = timeScale(new Date(1_000), new Date(2_000), 10)

    expect([0, 1_000, 1_099, 1_100, 1_999, 2_000, 9_000].map((ms) => cellOf(new Date(ms)))).toEqual([
      0, 0, 0, 1, 9, 9, 9,
    ])
  })

  test.each([
    ['2026-03-02T09:00:00.000Z', '2026-03-02T09:00:01.000Z', '|09:00:00.000 '],
    ['2026-03-02T09:00:00.000Z', '2026-03-02T09:00:59.000Z', '|09:00:00 '],
    ['2026-03-02T09:00:00.000Z', '2026-03-02T10:00:00.000Z', '|09:00 '],
    ['2026-03-02T18:00:00.000Z', '2026-03-04T09:00:00.000Z', '|18:00   |03-03 '],
    ['2026-03-02T00:00:00.000Z', '2026-03-23T00:00:00.000Z', '|2026-03-'],
  ])('from %s to %s is labelled as exactly as it must be', (from, to, labels) => {
    expect(timeScale(new Date(from), new Date(to), 60).axis).toContain(labels)
  })
})
