import { describe, expect, test } from 'vitest'
import { type Answer, answer, importInto, type OriginalRows, writeOriginal } from './import-sources.ts'
import { aWorld } from './world.ts'

/** The runs that rows without run ids are grouped into, oldest first, each as its agents. */
async function grouped(rows: OriginalRows, ...argv: readonly string[]): Promise<readonly string[]> {
  const world = aWorld()
  writeOriginal(world.path('old.db'), rows)
  const { code, report } = await importInto(world, ['old.db', ...argv])
  expect({ code, refusals: report?.refusals }).toEqual({ code: 0, refusals: [] })
  expect((await world.run(['verify'])).code).toBe(0)

  const found: { readonly at: number; readonly text: string }[] = []
  await world.write(async ({ runs }) => {
    for (const { id } of (await runs.list({ limit: 1000 })).items) {
      const { run, artifacts, executions, syntheses } = (await runs.bundle(id))!
      const parts = [
        ...executions.map(({ agentName }) => `(${agentName})`),
        ...artifacts.map(({ agentName }) => agentName).sort(),
        ...syntheses.map(({ verdict }) => `= ${verdict}`),
      ]
      const round = run.labels.round ? `${run.labels.round}: ` : ''
      found.push({ at: run.startedAt.getTime(), text: round + parts.join(' ') })
    }
  })
  return found.sort((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1)).map(({ text }) => text)
}

const answers = (...rows: readonly (readonly [string, string, unknown?])[]): readonly Answer[] =>
  rows.map(([agent, time, content]) => answer(agent, time, content))

describe('rows without a run id', () => {
  test('are one run while different agents answer', async () => {
    const artifacts = answers(['a', '10:00:00'], ['b', '10:10:00'], ['c', '10:39:59'])
    expect(await grouped({ artifacts })).toEqual(['a b c'])
  })

  test('are another run when an agent answers again', async () => {
    const artifacts = answers(['a', '10:00:00'], ['b', '10:01:00'], ['a', '10:02:00'], ['b', '10:03:00'])
    expect(await grouped({ artifacts })).toEqual(['a b', 'a b'])
  })

  test('are another run after a long silence', async () => {
    const artifacts = answers(['a', '10:00:00'], ['b', '10:30:00'], ['c', '11:00:01'])
    expect(await grouped({ artifacts })).toEqual(['a b', 'c'])
  })

  test('are another run after as long a silence as the user says', async () => {
    const artifacts = answers(['a', '10:00:00'], ['b', '10:30:00'], ['c', '11:00:01'])
    expect(await grouped({ artifacts }, '--silence', '2h')).toEqual(['a b c'])
    expect(await grouped({ artifacts }, '--silence', '90s')).toEqual(['a', 'b', 'c'])
  })

  test('are another run when the last one was concluded', async () => {
    const artifacts = answers(['a', '10:00:00'], ['b', '10:02:00'])
    const syntheses = [{ created_at: '2025-11-03 10:01:00' }]
    expect(await grouped({ artifacts, syntheses })).toEqual(['a = unanimous', 'b'])
  })

  test('are other runs for another spec or stage', async () => {
    const [a, b, c] = answers(['a', '10:00:00'], ['b', '10:00:01'], ['c', '10:00:02'])
    expect(await grouped({ artifacts: [a!, { ...b!, spec: 'other' }, { ...c!, stage: 'audit' }] })).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  test('are of one stage with and without the prefix spec-', async () => {
    const [a, b] = answers(['a', '10:00:00'], ['b', '10:00:01'])
    expect(
      await grouped({
        artifacts: [
          { ...a!, stage: 'spec-plan' },
          { ...b!, stage: 'plan' },
        ],
      }),
    ).toEqual(['a b'])
  })

  test('of one agent within one second are told apart by the stage they name', async () => {
    const says = (stage: string, n: number) => ({ stage, n })
    const artifacts = answers(
      ['b', '10:00:00', says('quality-gate-clarify', 1)],
      ['a', '10:00:00', says('spec-plan', 2)],
      ['c', '10:00:00', '{\n  "stage": "quality-gate-clarify",\n  "confidence": [ string ]'],
      ['a', '10:00:00', says('quality-gate-clarify', 3)],
      ['b', '10:00:00', 'no JSON at all'],
      ['c', '10:00:00', says('plan', 4)],
    )
    expect(await grouped({ artifacts })).toEqual(['plan: a b c', 'quality-gate-clarify: a b c'])
  })

  test('that name no stage are dealt out within the second, an answer of each agent to a run', async () => {
    const artifacts = answers(
      ['a', '10:00:00', '1'],
      ['a', '10:00:00', '2'],
      ['b', '10:00:00', '3'],
      ['a', '10:00:00', '4'],
      ['b', '10:00:00', '5'],
    )
    expect(await grouped({ artifacts })).toEqual(['a', 'a b', 'a b'])
  })

  test('of which a synthesis was made are the round of its own stage', async () => {
    const says = (stage: string, n: number) => ({ stage, n })
    const artifacts = answers(
      ['a', '10:00:00', says('spec-plan', 1)],
      ['b', '10:00:00', says('spec-plan', 2)],
      ['a', '10:00:00', says('quality-gate-clarify', 3)],
      ['b', '10:00:00', says('quality-gate-clarify', 4)],
      ['c', '10:00:00', says('quality-gate-clarify', 5)],
    )
    const syntheses = [{ created_at: '2025-11-03 10:00:00' }]
    expect(await grouped({ artifacts, syntheses })).toEqual([
      'plan: a b = unanimous',
      'quality-gate-clarify: a b c',
    ])
  })

  test('that repeat another row neither make a run nor end one', async () => {
    const artifacts = answers(['a', '10:00:00', 'x'], ['a', '10:00:00', 'x'], ['b', '10:05:00'])
    expect(await grouped({ artifacts })).toEqual(['a b'])
  })

  test('put an agent’s turn and its answer into one run', async () => {
    const turn = (agent_id: string, agent_name: string, time: string) => ({
      agent_id,
      agent_name,
      spawned_at: `2025-11-03 ${time}`,
      completed_at: `2025-11-03 ${time}`,
      response_text: '',
    })
    const executions = [turn('1', 'a', '10:00:00'), turn('2', 'b', '10:00:00'), turn('3', 'a', '10:06:00')]
    const artifacts = answers(['a', '10:05:00'], ['b', '10:05:30'])
    expect(await grouped({ artifacts, executions })).toEqual(['(a) (b) a b', '(a)'])
  })

  test('of phases in which the same agents are spawned at once are a run for each phase', async () => {
    const executions = ['a', 'b'].flatMap((agent_name) =>
      ['quality_gate', 'regular_stage'].map((phase_type) => ({
        agent_id: `${agent_name} ${phase_type}`,
        agent_name,
        phase_type,
      })),
    )
    expect(await grouped({ executions })).toEqual(['quality-gate: (a) (b)', 'regular-stage: (a) (b)'])
  })

  test('are not joined to a run that has an id', async () => {
    const [a, b] = answers(['a', '10:00:00'], ['b', '10:00:01'])
    expect(await grouped({ artifacts: [{ ...a!, run: 'r' }, b!] })).toEqual(['a', 'b'])
  })

  test('stay apart from those of another second however many come', async () => {
    const artifacts = Array.from({ length: 2_500 }, (_, i) => answer('a', '10:00:00', `${i}`))
    expect(await grouped({ artifacts })).toHaveLength(1_000)
  })
})

describe('a synthesis without a run id', () => {
  const generated = (minute: string) => `# Plan\n\n**Generated**: 2025-11-03 ${minute} UTC\n`

  test('goes with the named run whose answers it follows, by the time its text tells', async () => {
    const artifacts = answers(['a', '10:00:20'], ['b', '10:10:20']).map((each, i) => ({
      ...each,
      run: `r${i}`,
    }))
    const syntheses = [
      { output_markdown: generated('10:10'), created_at: '2025-12-05 12:00:00' },
      { output_markdown: generated('10:00'), created_at: '2025-12-06 12:00:00', status: 'hold' },
    ]
    expect(await grouped({ artifacts, syntheses })).toEqual(['a = degraded', 'b = unanimous'])
  })

  test('that repeats the one of the named run is present', async () => {
    const world = aWorld()
    const row = { output_markdown: generated('10:00'), created_at: '2025-11-03 10:00:30' }
    writeOriginal(world.path('old.db'), {
      artifacts: [{ ...answer('a', '10:00:20'), run: 'r' }],
      syntheses: [row, { ...row, run_id: 'r' }],
    })
    expect((await importInto(world, ['old.db'])).report?.kinds.syntheses).toEqual({
      read: 2,
      stored: 1,
      present: 1,
      refused: 0,
    })
  })

  test('that is older than the answers of its named run does not come before them', async () => {
    const artifacts = answers(['a', '10:00:20'], ['b', '10:00:21']).map((each) => ({ ...each, run: 'r' }))
    const syntheses = [
      { output_markdown: generated('09:00'), run_id: 'r', created_at: '2025-11-03 12:00:00' },
    ]
    const world = aWorld()
    writeOriginal(world.path('old.db'), { artifacts, syntheses })
    await importInto(world, ['old.db'])
    await world.write(async ({ runs }) => {
      expect(await runs.get('r:plan')).toMatchObject({
        startedAt: new Date('2025-11-03T10:00:20Z'),
        concludedAt: new Date('2025-11-03T12:00:00Z'),
      })
    })
  })
})

describe('the summary for people', () => {
  test('states the rule and which runs it made of what', async () => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), {
      artifacts: answers(['a', '10:00:00'], ['b', '10:05:00'], ['a', '10:06:00']),
    })

    const { code, stdout } = await world.run(['import', 'old.db'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^artifacts +3 +3 +0 +0$/m)
    expect(stdout).toContain('Runs: 2 stored, 0 brought up to date, 0 there already; 2 of them inferred.')
    expect(stdout).toContain('an agent answers once per run, 30 minutes of silence start another')
    expect(stdout).toMatch(/^imported-[0-9a-f]{32} +s +plan +2 +2025-11-03 10:00 +2025-11-03 10:05 +a, b$/m)

    const again = await world.run(['import', 'old.db', '--dry-run'])
    expect(again.stdout).toContain('Nothing was written.')
    expect(again.stdout).toMatch(/^\(nothing new\) +s +plan +1 /m)
  })

  test('names what was refused', async () => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), { artifacts: answers(['a', 'noon']) })

    const { code, stdout } = await world.run(['import', 'old.db'])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^old.db +consensus_artifacts 1 +created_at must be a time, not "2025-11-03 noon"$/m,
    )
  })
})
