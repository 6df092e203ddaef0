import { describe, expect, test } from 'vitest'
import cli from '../package.json' with { type: 'json' }
import { commands } from '../src/commands/index.ts'
import { aWorld } from './world.ts'

describe('consensus', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])(
    'explains itself when called with %j',
    async (argv) => {
      const { code, stdout, stderr } = await aWorld().run(argv)

      expect(code).toBe(0)
      expect(stderr).toBe('')
      for (const verb of Object.keys(commands)) expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'))
      expect(stdout).toContain('Exit codes: 0 done, 1 something was refused or differs, 2 wrong usage')
    },
  )

  test('says its version', async () => {
    expect(await aWorld().run(['--version'])).toEqual({ code: 0, stdout: `${cli.version}\n`, stderr: '' })
  })

  test.each(Object.keys(commands))('explains %s the same by --help and by help', async (verb) => {
    const world = aWorld()
    const asked = await world.run([verb, '--help'])

    expect(asked.code).toBe(0)
    expect(asked.stdout).toMatch(new RegExp(`^Usage: consensus ${verb} `))
    expect(asked.stdout).toContain('--store <url>')
    expect(asked).toEqual(await world.run(['help', verb]))
  })

  test.each([
    ['retention', 'as in 500MB or 2GiB'],
    ['stale', 'as in 90s, 30m, 2h or 7d (1h unless given)'],
    ['health', 'as in 90s, 30m, 2h or 7d'],
  ])('shows how %s is told amounts', async (verb, units) => {
    expect((await aWorld().run([verb, '--help'])).stdout).toContain(units)
  })

  test('takes what follows an option as its value though it begins with -', async () => {
    const world = aWorld()
    await world.write((store) => store.runs.start({ specId: '-1', stage: 'plan' }))
    expect((await world.run(['runs', '--spec', '-1'])).stdout).toContain('-1')
    expect((await world.run(['show', '--', '-1'])).stderr).toContain('There is no run -1')
  })

  test('explains a verb even when the rest of the line is wrong', async () => {
    expect((await aWorld().run(['show', '--help', 'a', 'b', 'c'])).code).toBe(0)
  })

  test.each([
    ['rums', 'runs'],
    ['halth', 'health'],
    ['verfiy', 'verify'],
    ['exec', 'executions'],
  ])('offers the verb that %s most likely meant', async (typed, meant) => {
    const { code, stdout, stderr } = await aWorld().run([typed])

    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(`There is no verb "${typed}"`)
    expect(stderr).toContain(`Did you mean ${meant}?`)
  })

  test.each(['', 'zzzzzzzz', 'constructor', '__proto__'])('offers nothing for %j', async (typed) => {
    const { code, stderr } = await aWorld().run([typed])

    expect(code).toBe(2)
    expect(stderr).not.toContain('Did you mean')
    expect(stderr).toContain('consensus help')
  })

  test.each([
    [
      'an option it does not have',
      ['runs', '--spek', 'a'],
      'runs has no option --spek',
      'Did you mean --spec?',
    ],
    ['a short option', ['runs', '-x'], 'runs has no option -x', 'consensus runs --help'],
    ['an option without its value', ['runs', '--spec'], "Option '--spec <value>' argument missing", '--help'],
    ['a value for a flag', ['runs', '--all=yes'], "Option '--all' does not take an argument", '--help'],
    ['an argument too few', ['show'], 'show needs <run>', 'consensus show --help'],
    ['an argument too few of several', ['latest', 'pay'], 'latest needs <stage>', '--help'],
    ['none where some are needed', ['route'], 'route needs <agent...>', '--help'],
    ['an argument too many', ['runs', 'pay'], 'runs takes no "pay"', '--help'],
    [
      'a limit of zero',
      ['runs', '--limit', '0'],
      '--limit must be a whole number from 1 up, not "0"',
      'help',
    ],
    [
      'a negative number',
      ['retention', 'plan', '--keep-latest', '-1'],
      '--keep-latest must be a whole number from 0 up, not "-1"',
      'help',
    ],
    [
      'a negative time apart from its option',
      ['stale', '--older-than', '-1m'],
      'must be a time like',
      'help',
    ],
    ['a negative number for a flag', ['runs', '--all', '-1'], 'runs has no option -1', 'help'],
    ['half a limit', ['runs', '--limit', '1.5'], '--limit must be a whole number', 'help'],
    ['a limit that is no number', ['failures', '--limit', 'ten'], '--limit must be a whole number', 'help'],
    [
      'an unknown status',
      ['runs', '--status', 'done'],
      'must be one of running, concluded, abandoned',
      'help',
    ],
    ['an unknown state', ['executions', '--status', 'x'], 'must be one of spawned, running', 'help'],
    ['a time without a unit', ['stale', '--older-than', '30'], 'must be a time like 90s, 30m', 'help'],
    ['a negative time', ['stale', '--older-than=-1m'], 'must be a time like 90s, 30m', 'help'],
    ['an event before the first', ['replay', 'r', '--to', '0'], '--to must be a whole number from 1', 'help'],
    [
      'both ends of a replay',
      ['replay', 'r', '--to', '1', '--at', '2026-03-02'],
      'replay takes --to or --at, not both',
      'consensus replay --help',
    ],
    ...[
      'noon',
      '2026',
      '12',
      '2026-02-30',
      '2026-13-01',
      '2026-03-02T25:00',
      '2026-03-02T08',
      '2026-03-02T08:05:61Z',
      '2026-03-02T08:05+25:00',
      '2026-03-02T08:05 CET',
      '',
    ].map((at): [string, string[], string, string] => [
      `"${at}" for an instant`,
      ['replay', 'r', '--at', at],
      '--at must be an instant like 2026-03-02, 2026-03-02T08:05Z or 2026-03-02T08:05:30.250+01:00, not',
      'consensus replay --help',
    ]),
    ['an option before the verb', ['--json', 'runs'], 'The verb comes before --json', 'consensus help'],
    ['help for no verb', ['help', 'rums'], 'There is no verb "rums"', 'Did you mean runs?'],
  ])('refuses %s', async (_what, argv, problem, remedy) => {
    const { code, stdout, stderr } = await aWorld().run(argv)

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(problem)
    expect(stderr).toContain(remedy)
  })

  test('takes what follows -- as it is, even when it looks like an option', async () => {
    const world = aWorld()
    await world.write((store) => store.runs.start({ id: '--json', specId: 's', stage: 'plan' }))

    expect((await world.run(['show', '--', '--json'])).stdout).toMatch(/^Run --json$/m)
  })

  test('says what the store refuses with its code, and exits with 1', async () => {
    const world = aWorld()
    await world.write(async () => {})
    const { code, stdout, stderr } = await world.run(['show', 'a\u0007b'])

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: INVALID: id must not contain control characters\n {2}\S/)
  })

  test('is named in what to do next as it was started', async () => {
    const world = aWorld()
    await world.write(async () => {})
    const checkout = { npm_lifecycle_event: 'consensus', npm_package_name: 'consensus-store-workspace' }
    const remedy = async (env: Record<string, string>) =>
      (await world.run(['show', 'nobody'], { env })).stderr

    expect(await remedy({})).toContain('  See what there is: consensus runs')
    expect((await world.run(['show', 'nobody'], { script: world.path('src/bin.ts') })).stderr).toContain(
      ': node src/bin.ts runs',
    )
    expect(await remedy({ npm_lifecycle_event: 'npx' })).toContain(': npx @consensus-store/cli runs')
    expect(await remedy({ ...checkout, npm_package_json: world.path('package.json') })).toContain(
      ': npm run -s consensus -- runs',
    )
    expect(await remedy({ ...checkout, npm_package_json: '/else where/package.json' })).toContain(
      ": npm --prefix '/else where' run -s consensus -- runs",
    )
  })
})
