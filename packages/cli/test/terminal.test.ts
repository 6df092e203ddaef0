import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { progress } from '../src/progress.ts'
import { tableLayout } from '../src/table.ts'
import { aHistory } from './history.ts'
import { aWorld, jsonLines } from './world.ts'

const ESC = '\u001b'
/** An answer that would clear the screen, retitle the window, and hide what stands before it. */
const HOSTILE = `a${ESC}[2Jb${ESC}]0;title\u0007c\u009b31md\u202ee\rf`

async function aHostileWorld() {
  const world = aWorld()
  await world.write(async ({ runs, executions, artifacts, syntheses }) => {
    await runs.start({ id: 'r1', specId: 'spec\u202e', stage: 'plan', labels: { note: HOSTILE } })
    await executions.spawn({ agentId: 'a1', runId: 'r1', agentName: 'gemini', phaseType: 'regular-stage' })
    await executions.fail('a1', { reason: 'error', message: HOSTILE, response: HOSTILE })
    await artifacts.add({ runId: 'r1', agentName: 'gemini', content: { text: HOSTILE } })
    await syntheses.add({ runId: 'r1', verdict: 'failed', markdown: `# Title\r\n\ttab\n${HOSTILE}` })
    await runs.start({ id: 'r2', specId: 'spec', stage: 'plan' })
    const spawned = await executions.spawn({
      runId: 'r2',
      agentName: '\u202ecode',
      phaseType: 'regular-stage',
    })
    await executions.cancel(spawned.agentId)
    await runs.conclude('r2', { verdict: 'failed', agreements: [HOSTILE], conflicts: [HOSTILE] })
  })
  return world
}

/** Anything but line ends and tabs that a terminal would act on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const acting = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\r(?!\n)/

describe('on a terminal', () => {
  test.each([
    ['runs'],
    ['executions'],
    ['failures'],
    ['show r1'],
    ['show r1 --content'],
    ['show r1 --content --json'],
    ['failures --json'],
    ['replay r1'],
    ['replay r1 --state'],
    ['timeline r1'],
    ['timeline r2'],
    ['timeline r1 --json'],
    ['diff r1'],
    ['diff r1 r2'],
    ['diff r1 r2 --json'],
    ['export'],
    ['route a1'],
    ['latest spec\u202e plan --json'],
  ])('%s prints nothing that the terminal would act on', async (line) => {
    const world = await aHostileWorld()
    const { code, stdout } = await world.run(line.split(' '), { columns: 500, env: { NO_COLOR: '1' } })

    expect(code).toBe(0)
    expect(stdout).not.toMatch(acting)
  })

  test('bodies keep their line ends and tabs, and show the rest as escapes', async () => {
    const world = await aHostileWorld()
    const { stdout } = await world.run(['latest', 'spec\u202e', 'plan', '--markdown'], { columns: 80 })

    expect(stdout).toBe('# Title\r\n\ttab\na\\e[2Jb\\e]0;title\\u0007c\\u009b31md\\u202ee\\rf\n')
  })

  test('error messages are made safe as well', async () => {
    const world = await aHostileWorld()
    const { stderr } = await world.run(['show', `x${ESC}[2J`], { columns: 80 })
    const typed = await world.run([`x${ESC}[2J\u009b`], { columns: 80 })

    expect(stderr).not.toMatch(acting)
    expect(typed.stderr).not.toMatch(acting)
  })

  test('JSON says the same as in a pipe', async () => {
    const world = await aHostileWorld()
    const argv = ['show', 'r1', '--json', '--content']

    expect(jsonLines((await world.run(argv, { columns: 80 })).stdout)).toEqual(
      jsonLines((await world.run(argv)).stdout),
    )
  })

  test.each([30, 40, 60, 80, 120])('tables fit %d columns', async (columns) => {
    const world = aWorld()
    await world.write(aHistory)
    for (const line of [
      'runs',
      'executions',
      'failures',
      'stale',
      'replay pay-plan',
      'diff pay-plan find-plan',
    ]) {
      const { stdout } = await world.run(line.split(' '), { columns, env: { NO_COLOR: '1' } })
      const widest = Math.max(...stdout.split('\n').map((each) => stringWidth(each)))
      expect(widest, line).toBeLessThanOrEqual(columns)
    }
  })

  test('colours are used, and are not when the user or the terminal does not want them', async () => {
    const world = aWorld()
    await world.write(aHistory)
    const stdout = async (env: Record<string, string>, columns?: number) =>
      (await world.run(['runs'], { env, ...(columns && { columns }) })).stdout
    const coloured = await stdout({}, 80)

    expect(coloured).toContain(`${ESC}[32munanimous`)
    expect(stripVTControlCharacters(coloured)).toBe(await stdout({ NO_COLOR: '1' }, 80))
    expect(await stdout({ TERM: 'dumb' }, 80)).not.toContain(ESC)
    expect(await stdout({})).not.toContain(ESC)
  })
})

describe('in a pipe', () => {
  test('nothing is cut', async () => {
    const world = await aHostileWorld()
    await world.write(({ runs }) =>
      runs.start({ id: 'x'.repeat(255), specId: 'y'.repeat(255), stage: 'z'.repeat(255) }),
    )

    expect((await world.run(['runs'])).stdout).toContain('y'.repeat(255))
    expect((await world.run(['runs'])).stdout).toContain('z'.repeat(255))
  })

  test('a row is a line, whatever it holds', async () => {
    const world = await aHostileWorld()

    expect((await world.run(['failures'])).stdout.split('\n')).toHaveLength(3)
  })

  test('bodies are as they were stored', async () => {
    const world = await aHostileWorld()

    expect((await world.run(['latest', 'spec\u202e', 'plan', '--markdown'])).stdout).toBe(
      `# Title\r\n\ttab\n${HOSTILE}`,
    )
  })
})

describe('a table', () => {
  const columns = [
    { title: 'id', value: ([id]: Row) => id, narrow: 'keep' as const },
    { title: 'what', value: ([, what]: Row) => what },
    { title: 'n', value: ([, , n]: Row) => n, align: 'right' as const, narrow: 'keep' as const },
  ]
  type Row = readonly [id: string, what: string, n: string]
  const lines = (rows: readonly Row[], width?: number) =>
    tableLayout(columns, width).lines(rows, { titled: true })

  test('aligns wide, combining and joined characters', () => {
    expect(
      lines([
        ['漢字', 'e\u0301clair', '1'],
        ['👩‍👩‍👧', 'plain', '22'],
      ]),
    ).toEqual(['ID    WHAT     N', '漢字  e\u0301clair   1', '👩‍👩‍👧    plain   22'])
  })

  test('cuts what is longest first, ids last, and never half a character', () => {
    const row: Row = ['0193-4567-89ab', '漢字漢字漢字漢字', '7']

    expect(lines([row], 40)[1]).toBe('0193-4567-89ab  漢字漢字漢字漢字  7')
    expect(lines([row], 30)[1]).toBe('0193-4567-89ab  漢字漢字漢…  7')
    expect(lines([row], 24)[1]).toBe('0193-4567-89…  漢字…   7')
  })

  test('leaves out what would mean something else in part, before it cuts ids', () => {
    const timed = tableLayout(
      [
        { title: 'id', value: () => '0193-4567-89ab', narrow: 'keep' },
        { title: 'note', value: () => 'remarkable' },
        { title: 'at', value: () => '2026-03-02 08:00', narrow: 'whole' },
        { title: 'bytes', value: () => '123,456', narrow: 'whole', align: 'right' },
      ],
      44,
    )

    expect(timed.lines([{}], { titled: true })).toEqual([
      'ID              NOTE        AT',
      '0193-4567-89ab  remarkable  2026-03-02 08:00',
    ])
  })

  test('keeps the widths of earlier pages', () => {
    const layout = tableLayout(columns, undefined)
    layout.lines([['long-id', 'something', '1']], { titled: true })

    expect(layout.lines([['a', 'b', '2']], { titled: false })).toEqual(['a        b          2'])
  })
})

describe('progress', () => {
  const onto = (terminal: object) => {
    const written: string[] = []
    return { written, stream: { ...terminal, write: (text: string) => written.push(text) } as never }
  }

  test('is drawn on one line of a terminal, and taken away again', () => {
    const { written, stream } = onto({ isTTY: true })
    const shown = progress(stream, 'Importing')
    shown.step(1_200)
    shown.step()
    shown.done()
    shown.done()

    expect(written).toEqual([`\r${ESC}[KImporting 1,200`, `\r${ESC}[K`])
  })

  test('writes nothing in a pipe, nor before anything was done', () => {
    const pipe = onto({})
    const shown = progress(pipe.stream, 'Importing')
    shown.step()
    shown.done()
    const terminal = onto({ isTTY: true })
    progress(terminal.stream, 'Importing').done()

    expect([...pipe.written, ...terminal.written]).toEqual([])
  })
})
