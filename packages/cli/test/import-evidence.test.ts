import { existsSync, mkdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importInto, nothing, present, refused, stored, writeFiles } from './import-sources.ts'
import { aWorld } from './world.ts'

const RUN = 'run_pay_1762744939'

const verdict = {
  spec_id: 'pay',
  stage: 'plan',
  proposals: [
    { agent_name: 'gemini', content: { model: 'g-2', steps: [1, 2] }, created_at: '2025-11-10 03:26:38' },
    { agent_name: 'claude', content: 'not { JSON', created_at: '2025-11-10 03:26:38' },
    { agent_name: 'code', content: '', created_at: '2025-11-10 03:26:39' },
  ],
  run_id: RUN,
  exported_at: '2025-11-10T03:26:40Z',
}

const synthesis = {
  spec_id: 'pay',
  stage: 'spec-plan',
  artifacts_count: 3,
  output_markdown: '# Plan: pay\n\n**Generated**: 2025-11-10 03:26 UTC\n',
  output_path: '/docs/pay/plan.md',
  status: 'ok',
  agreements: ['Charge once'],
  conflicts: null,
  degraded: false,
  run_id: RUN,
  created_at: '2025-11-10 03:26:41',
}

const TIME = '2025-10-05T04:31:14Z'

const older = {
  [`pay-demo/spec-plan_${TIME}_claude.json`]: { agent: 'stub', model: 'stub-model', says: 'yes' },
  [`pay-demo/spec-plan_${TIME}_gpt_pro.json`]: { spec_id: 'pay-demo', model: 'gpt-5' },
  [`pay-demo/spec-plan_${TIME}_claude_metrics.json`]: { model_id: 'claude-4.5', latency_ms: 39 },
  [`pay-demo/spec-plan_${TIME}_synthesis.json`]: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the tool that wrote such files forgot to fill these in
    ...{ stage: '${stage}', specId: '${spec}', timestamp: '${timestamp_run}' },
    agents: [],
    consensus: { agreements: [], conflicts: [] },
    status: 'ok',
  },
  [`pay-demo/spec-plan_${TIME}_telemetry.jsonl`]: '{"line":1}\n{"line":2}\n',
}

describe('import of evidence', () => {
  test('brings a run with its answers and its synthesis', async () => {
    const world = aWorld()
    writeFiles(world.path('out'), { 'pay/plan_verdict.json': verdict, 'pay/plan_synthesis.json': synthesis })

    expect(await importInto(world, ['out'])).toEqual({
      code: 0,
      stderr: '',
      report: {
        dryRun: false,
        kinds: {
          artifacts: stored(3),
          syntheses: stored(1),
          executions: nothing,
          runs: { inferred: 0, stored: 1, extended: 0, present: 0 },
        },
        refusals: [],
      },
    })
    await world.write(async ({ runs }) => {
      const { run, artifacts, syntheses } = (await runs.bundle(`${RUN}:plan`))!
      expect(run).toMatchObject({
        specId: 'pay',
        stage: 'plan',
        status: 'concluded',
        verdict: 'unanimous',
        agreements: ['Charge once'],
        expectedAgents: ['claude', 'code', 'gemini'],
        labels: { sourceRunId: RUN, importedFrom: 'evidence' },
        startedAt: new Date('2025-11-10T03:26:38Z'),
        concludedAt: new Date('2025-11-10T03:26:41Z'),
      })
      const answers = new Map(artifacts.map((each) => [each.agentName, each]))
      expect(answers.get('gemini')).toMatchObject({
        content: { model: 'g-2', steps: [1, 2] },
        modelVersion: 'g-2',
      })
      expect(answers.get('claude')).toMatchObject({ content: 'not { JSON' })
      expect(answers.get('code')).toMatchObject({
        content: '',
        createdAt: new Date('2025-11-10T03:26:39Z'),
        metadata: { source: { file: 'pay/plan_verdict.json', row: 'proposals[2]' } },
      })
      expect(syntheses).toMatchObject([
        {
          markdown: synthesis.output_markdown,
          outputPath: '/docs/pay/plan.md',
          metadata: { source: { file: 'pay/plan_synthesis.json', status: 'ok', artifacts_count: 3 } },
        },
      ])
    })
  })

  test('reads the older naming, with what was measured beside an answer', async () => {
    const world = aWorld()
    writeFiles(world.path('out'), older)

    const { code, report } = await importInto(world, ['out'])
    expect({ code, ...report?.kinds }).toEqual({
      code: 0,
      artifacts: stored(2),
      syntheses: stored(1),
      executions: nothing,
      runs: { inferred: 1, stored: 1, extended: 0, present: 0 },
    })
    await world.write(async ({ runs }) => {
      const run = (await runs.latest({ specId: 'pay-demo', stage: 'plan' }))!
      const { artifacts, syntheses } = (await runs.bundle(run.id))!
      expect(run).toMatchObject({
        status: 'concluded',
        startedAt: new Date(TIME),
        labels: { inferred: 'true' },
      })
      expect(new Map(artifacts.map(({ agentName, modelVersion }) => [agentName, modelVersion]))).toEqual(
        new Map([
          ['claude', 'claude-4.5'],
          ['gpt_pro', 'gpt-5'],
        ]),
      )
      const claude = artifacts.find(({ agentName }) => agentName === 'claude')
      expect(claude).toMatchObject({
        content: { agent: 'stub', model: 'stub-model', says: 'yes' },
        metadata: { metrics: { model_id: 'claude-4.5', latency_ms: 39 } },
      })
      expect(syntheses).toMatchObject([{ markdown: '', metadata: { telemetry: [{ line: 1 }, { line: 2 }] } }])
    })
  })

  test.each([
    ['ok', 'unanimous'],
    ['unanimous', 'unanimous'],
    ['degraded', 'degraded'],
    ['hold', 'degraded'],
    ['failed', 'failed'],
    ['error', 'failed'],
  ])('takes the status %s for the verdict %s, and names who was missing', async (status, verdict) => {
    const world = aWorld()
    const concluded = {
      specId: 'pay',
      stage: 'spec-unlock',
      timestamp: '2025-10-12T16:43:43Z',
      status,
      agents: { active: [{ model: 'g-2' }], degraded: ['gpt_pro'] },
      consensus: { agreements: ['Keep it locked'], conflicts_resolved: ['The row is there'] },
    }
    writeFiles(world.path('out'), { 'pay/spec-unlock_synthesis.json': concluded })

    expect((await importInto(world, ['out'])).report?.kinds.syntheses).toEqual(stored(1))
    await world.write(async ({ runs, syntheses }) => {
      const run = await runs.latest({ specId: 'pay', stage: 'unlock' })
      expect(run).toMatchObject({
        verdict,
        missingAgents: ['gpt_pro'],
        agreements: ['Keep it locked'],
        conflicts: [],
      })
      const { metadata } = (await syntheses.latest({ specId: 'pay', stage: 'unlock' }))!
      expect(metadata).toEqual({ source: { file: 'pay/spec-unlock_synthesis.json', ...concluded } })
    })
  })

  test('refuses by name what does not parse or is of no known shape, and everything else arrives', async () => {
    const world = aWorld()
    writeFiles(world.path('out'), {
      'pay/plan_verdict.json': verdict,
      'pay/tasks_verdict.json': '{"spec_id": "pay", "proposals": [',
      'pay/tasks_synthesis.json': '',
      [`pay/spec-plan_${TIME}_claude.json`]: '{ "note": "a "quote" too many" }',
      'pay/receipt.json': { operation: 'build' },
      'pay/list.json': [1, 2],
      'pay/audit_verdict.json': { spec_id: 'pay', stage: 'audit', proposals: 'none' },
      'pay/notes.txt': 'no export',
      'pay/bytes_verdict.json': 'é',
    })
    const latin1 = Buffer.from('{"spec_id":"caf\xe9","proposals":[]}', 'latin1')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(world.path('out/pay/bytes_verdict.json'), latin1)
    mkdirSync(world.path('out/pay/empty'))

    const { code, report } = await importInto(world, ['out'])

    expect(code).toBe(1)
    expect(report?.kinds.artifacts).toEqual({ read: 9, stored: 3, present: 0, refused: 6 })
    expect(report?.kinds.syntheses).toEqual(refused(1))
    expect(new Map(report?.refusals.map(({ file, reason }) => [file, reason]))).toEqual(
      new Map([
        ['pay/audit_verdict.json', 'proposals must be an array'],
        ['pay/bytes_verdict.json', 'the file is not UTF-8'],
        ['pay/list.json', 'the file must hold a JSON object'],
        ['pay/receipt.json', 'the file is of no shape that evidence has'],
        [`pay/spec-plan_${TIME}_claude.json`, expect.stringContaining('the file is not JSON: ')],
        ['pay/tasks_synthesis.json', 'the file is not JSON: Unexpected end of JSON input'],
        ['pay/tasks_verdict.json', expect.stringContaining('the file is not JSON: ')],
      ]),
    )
  })

  test.each([
    [
      'an agent name that is no name',
      { agent_name: 'a\u0007b' },
      'agent_name must not contain control characters',
    ],
    ['no agent', { agent_name: undefined }, 'agent_name must be a string, not undefined'],
    ['no content', { content: undefined }, 'content is missing'],
    [
      'a time that is none',
      { created_at: '2025-02-30 10:00:00' },
      'created_at must be a time, not "2025-02-30 10:00:00"',
    ],
    [
      'a run id that is too long',
      { run_id: 'r'.repeat(256) },
      'run_id must be at most 255 characters, not 256',
    ],
    [
      'a body over the limit',
      { content: 'x'.repeat(2 ** 24 + 1) },
      'content must be at most 16777218 bytes, not 16777219',
    ],
  ])('refuses a proposal with %s by its place, and keeps the others', async (_, change, reason) => {
    const world = aWorld()
    const [first, second] = verdict.proposals
    writeFiles(world.path('out'), {
      'pay/plan_verdict.json': { ...verdict, proposals: [first, { ...second, ...change }] },
    })

    const { code, report } = await importInto(world, ['out'])
    expect(code).toBe(1)
    expect(report?.kinds.artifacts).toEqual({ read: 2, stored: 1, present: 0, refused: 1 })
    expect(report?.refusals).toEqual([{ file: 'pay/plan_verdict.json', row: 'proposals[1]', reason }])
  })

  test('refuses a run id that it cannot make an id of only if a store would', async () => {
    const world = aWorld()
    writeFiles(world.path('out'), { 'pay/plan_verdict.json': { ...verdict, run_id: 'r'.repeat(255) } })

    expect((await importInto(world, ['out'])).report?.kinds.artifacts).toEqual(stored(3))
    await world.write(async ({ runs }) => {
      const run = await runs.latest({ specId: 'pay', stage: 'plan' })
      expect(run?.labels.sourceRunId).toBe('r'.repeat(255))
    })
  })

  test('refuses what stands beside nothing, or beside something that is refused', async () => {
    const world = aWorld()
    writeFiles(world.path('out/pay'), {
      [`plan_${TIME}_claude_metrics.json`]: {},
      [`plan_${TIME}_telemetry.jsonl`]: '{}',
      [`plan_${TIME}_code.json`]: 'broken',
      [`plan_${TIME}_code_metrics.json`]: {},
      [`plan_${TIME}_gemini.json`]: {},
      [`plan_${TIME}_gemini_metrics.json`]: 'broken',
      [`audit_${TIME}_synthesis.json`]: { status: 'ok' },
      [`audit_${TIME}_telemetry.jsonl`]: '{"line":1}\nbroken\n\n{"line":3}',
    })

    const { code, report } = await importInto(world, ['out'])
    expect(code).toBe(1)
    expect(report?.kinds.artifacts).toEqual({ read: 5, stored: 1, present: 0, refused: 4 })
    expect(report?.kinds.syntheses).toEqual({ read: 3, stored: 1, present: 0, refused: 2 })
    const reasons = report?.refusals.map(({ file, row, reason }) => [file.slice(4), row, reason.slice(0, 21)])
    expect(new Set(reasons?.map((parts) => JSON.stringify(parts)))).toEqual(
      new Set(
        [
          [`plan_${TIME}_claude_metrics.json`, undefined, 'the file belongs to p'],
          [`plan_${TIME}_telemetry.jsonl`, undefined, 'the file belongs to p'],
          [`plan_${TIME}_code.json`, undefined, 'the file is not JSON:'],
          [`plan_${TIME}_code_metrics.json`, undefined, 'the file belongs to p'],
          [`plan_${TIME}_gemini_metrics.json`, undefined, 'the file is not JSON:'],
          [`audit_${TIME}_telemetry.jsonl`, 'line 2', 'the line is not JSON:'],
        ].map((parts) => JSON.stringify(parts)),
      ),
    )
    await world.write(async ({ syntheses }) => {
      const { metadata } = (await syntheses.latest({ specId: 'pay', stage: 'audit' }))!
      expect(metadata).toMatchObject({ telemetry: [{ line: 1 }, { line: 3 }] })
    })
  })

  test('again adds nothing', async () => {
    const world = aWorld()
    writeFiles(world.path('out'), {
      ...older,
      'pay/plan_verdict.json': verdict,
      'pay/plan_synthesis.json': synthesis,
    })
    await importInto(world, ['out'])
    const before = await world.run(['export'])

    const { code, report } = await importInto(world, ['out'])
    expect(code).toBe(0)
    expect(report?.kinds).toEqual({
      artifacts: present(5),
      syntheses: present(2),
      executions: nothing,
      runs: { inferred: 1, stored: 0, extended: 0, present: 2 },
    })
    expect(await world.run(['export'])).toEqual(before)
  })

  test('of a later export of the same spec adds what is new to it', async () => {
    const world = aWorld()
    const loose = { ...verdict, run_id: undefined }
    const more = { agent_name: 'late', content: 'also', created_at: '2025-11-10 03:29:00' }
    writeFiles(world.path('one'), { 'pay/plan_verdict.json': loose })
    writeFiles(world.path('two'), {
      'pay/plan_verdict.json': { ...loose, proposals: [...loose.proposals, more] },
    })
    await importInto(world, ['one'])

    const { report } = await importInto(world, ['two'])
    expect(report?.kinds.artifacts).toEqual({ read: 4, stored: 1, present: 3, refused: 0 })
    expect(report?.kinds.runs).toEqual({ inferred: 1, stored: 1, extended: 0, present: 0 })
    expect((await importInto(world, ['two'])).report?.kinds.artifacts).toEqual(present(4))
    expect((await world.run(['verify'])).code).toBe(0)
  })

  test('counts an exact duplicate inside the source as present', async () => {
    const world = aWorld()
    const twice = [...verdict.proposals, verdict.proposals[0]!]
    writeFiles(world.path('out'), {
      'a/plan_verdict.json': { ...verdict, proposals: twice },
      'b/plan_verdict.json': { ...verdict, run_id: undefined, proposals: twice },
    })

    expect((await importInto(world, ['out'])).report?.kinds).toMatchObject({
      artifacts: { read: 8, stored: 3, present: 5, refused: 0 },
      runs: { inferred: 0, stored: 1, extended: 0, present: 0 },
    })
  })

  test('as a dry run says the same, and writes nothing at all', async () => {
    const world = aWorld()
    writeFiles(world.path('out'), {
      ...older,
      'pay/plan_verdict.json': { ...verdict, proposals: [...verdict.proposals, verdict.proposals[0]] },
      'pay/tasks_verdict.json': 'broken',
    })

    const rehearsed = await importInto(world, ['out', '--dry-run'])
    expect(existsSync(world.path('consensus.db'))).toBe(false)
    expect(rehearsed.report?.dryRun).toBe(true)
    const real = await importInto(world, ['out'])
    expect(rehearsed).toEqual({ ...real, report: { ...real.report, dryRun: true } })

    const before = await world.run(['export'])
    const again = await importInto(world, ['out', '--dry-run'])
    expect(again.report?.kinds).toEqual((await importInto(world, ['out'])).report?.kinds)
    expect(await world.run(['export'])).toEqual(before)
  })

  test('takes one file by itself', async () => {
    const world = aWorld()
    writeFiles(world.path('pay'), { 'plan_verdict.json': verdict, 'plan_synthesis.json': synthesis })

    expect((await importInto(world, ['pay/plan_verdict.json'])).report?.kinds).toMatchObject({
      artifacts: stored(3),
      syntheses: nothing,
    })
    // Its run has ended, so what comes later of it is a run of its own, of the same name where it came from.
    expect((await importInto(world, ['pay'])).report?.kinds).toMatchObject({
      artifacts: present(3),
      syntheses: stored(1),
    })
    await world.write(async ({ runs }) => {
      const { items } = await runs.list({ specId: 'pay' })
      expect(items.map(({ status, labels }) => [status, labels.sourceRunId])).toEqual([
        ['concluded', RUN],
        ['abandoned', RUN],
      ])
    })
  })
})
