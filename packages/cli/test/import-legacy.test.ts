import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  answer,
  importInto,
  insertAll,
  nothing,
  present,
  refused,
  stored,
  writeNormalized,
  writeOriginal,
  writePrd,
} from './import-sources.ts'
import { aWorld } from './world.ts'

const GENERATED = '# Plan\n\n**Generated**: 2025-11-03 10:00 UTC\n'

describe('import of the first schema', () => {
  test('brings answers, syntheses and executions as what they are', async () => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), {
      artifacts: [
        { ...answer('gemini', '10:00:05', { stage: 'spec-plan', ok: true }), run: 'r1' },
        { ...answer('claude', '10:00:05', 'I cannot { do this'), run: 'r1' },
        { ...answer('code', '10:00:06', ''), run: 'r1' },
      ],
      syntheses: [
        {
          output_markdown: GENERATED,
          run_id: 'r1',
          agreements: '["Charge once"]',
          conflicts: null,
          degraded: 1,
          artifacts_count: 3,
          created_at: '2025-11-03 10:00:07',
        },
      ],
      executions: [
        { agent_id: 'hung' },
        {
          agent_id: 'unread',
          agent_name: 'gemini',
          completed_at: '2025-11-03 10:03:00',
          response_text: 'no JSON here',
          extraction_error: 'no JSON object found',
        },
        { agent_id: 'silent', agent_name: 'code', completed_at: '2025-11-03 10:01:00', response_text: '' },
      ],
    })

    const { code, report } = await importInto(world, ['old.db'])
    expect({ code, ...report }).toEqual({
      code: 0,
      dryRun: false,
      kinds: {
        artifacts: stored(3),
        syntheses: stored(1),
        executions: stored(3),
        runs: { inferred: 1, stored: 2, extended: 0, present: 0 },
      },
      refusals: [],
    })
    await world.write(async ({ runs, executions }) => {
      const { run, artifacts } = (await runs.bundle('r1:plan'))!
      expect(run).toMatchObject({
        verdict: 'degraded',
        agreements: ['Charge once'],
        labels: { importedFrom: 'original' },
      })
      expect(new Map(artifacts.map(({ agentName, content }) => [agentName, content]))).toEqual(
        new Map<string, unknown>([
          ['gemini', { stage: 'spec-plan', ok: true }],
          ['claude', 'I cannot { do this'],
          ['code', ''],
        ]),
      )

      const hung = (await executions.get('hung'))!
      expect(hung).toMatchObject({ status: 'spawned', phaseType: 'quality-gate' })
      expect(await runs.get(hung.runId)).toMatchObject({ status: 'running', labels: { inferred: 'true' } })
      expect(await executions.get('unread')).toMatchObject({
        status: 'failed',
        failure: { reason: 'extraction', message: 'no JSON object found' },
        endedAt: new Date('2025-11-03T10:03:00Z'),
      })
      expect(await executions.response('unread')).toBe('no JSON here')
      expect(await executions.get('silent')).toMatchObject({ status: 'completed', responseBytes: 0 })
      expect(await executions.response('silent')).toBe('')
    })
  })

  test.each([
    ['a stage that is missing', { stage: null }, 'stage must be a string, not null'],
    ['agreements that are broken JSON', { agreements: '["half' }, 'agreements is not JSON'],
    ['no markdown', { output_markdown: null }, 'output_markdown is missing'],
    ['a time that is none', { created_at: 'noon' }, 'created_at must be a time, not "noon"'],
  ])('refuses a synthesis with %s by its row', async (_, change, reason) => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), {
      artifacts: [answer('claude', '10:00:00')],
      syntheses: [{ created_at: '2025-11-03 10:00:00', ...change }],
    })

    const { code, report } = await importInto(world, ['old.db'])
    expect(code).toBe(1)
    expect(report?.kinds).toMatchObject({ artifacts: stored(1), syntheses: refused(1) })
    expect(report?.refusals).toEqual([
      { file: 'old.db', row: 'consensus_synthesis 1', reason: expect.stringContaining(reason) },
    ])
  })

  test('keeps agreements that are no list of texts in the metadata', async () => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), {
      syntheses: [{ created_at: '2025-11-03 10:00:00', agreements: '{"all":true}', artifacts_count: 2 }],
    })

    expect((await importInto(world, ['old.db'])).code).toBe(0)
    await world.write(async ({ syntheses }) => {
      expect(await syntheses.latest({ specId: 's', stage: 'plan' })).toMatchObject({
        agreements: [],
        metadata: { source: { agreements: '{"all":true}', artifacts_count: 2, status: 'ok' } },
      })
    })
  })

  test.each([
    ['an id that is no id', { agent_id: 'a\nb' }, 'agent_id must not contain control characters'],
    [
      'an unknown phase type',
      { agent_id: 'a', phase_type: 'free' },
      'phase_type must be quality_gate or regular_stage, not "free"',
    ],
    ['no time', { agent_id: 'a', spawned_at: null }, 'spawned_at must be a time, not null'],
  ])('refuses an execution with %s by its row', async (_, change, reason) => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), { executions: [change, { agent_id: 'fine' }] })

    const { report } = await importInto(world, ['old.db'])
    expect(report?.kinds.executions).toEqual({ read: 2, stored: 1, present: 0, refused: 1 })
    expect(report?.refusals).toEqual([{ file: 'old.db', row: `agent_executions ${change.agent_id}`, reason }])
  })

  test('refuses a text that is not UTF-8 instead of changing it', async () => {
    const world = aWorld()
    writeOriginal(world.path('old.db'), {
      artifacts: [answer('claude', '10:00:00', Buffer.from([0x63, 0xe9]))],
    })

    expect((await importInto(world, ['old.db'])).report?.refusals).toEqual([
      { file: 'old.db', row: 'consensus_artifacts 1', reason: 'content_json is not UTF-8' },
    ])
  })

  test('knows an execution by its id, and refuses it when it is told otherwise', async () => {
    const world = aWorld()
    const ended = { completed_at: '2025-11-03 10:05:00', response_text: 'done' }
    writeOriginal(world.path('before.db'), { executions: [{ agent_id: 'a' }, { agent_id: 'b', ...ended }] })
    writeOriginal(world.path('after.db'), {
      executions: [
        { agent_id: 'a', ...ended },
        { agent_id: 'b', ...ended, response_text: 'other' },
        { agent_id: 'c' },
      ],
    })
    await importInto(world, ['before.db'])

    const { code, report } = await importInto(world, ['after.db'])
    expect(code).toBe(1)
    expect(report?.kinds.executions).toEqual({ read: 3, stored: 1, present: 0, refused: 2 })
    expect(report?.refusals).toEqual([
      { file: 'after.db', row: 'agent_executions a', reason: 'agent a is stored with another outcome' },
      { file: 'after.db', row: 'agent_executions b', reason: 'agent b is stored with another response' },
    ])
  })

  test('takes an older copy that does not know the end yet as present', async () => {
    const world = aWorld()
    writeOriginal(world.path('before.db'), { executions: [{ agent_id: 'a' }] })
    writeOriginal(world.path('after.db'), {
      executions: [{ agent_id: 'a', completed_at: '2025-11-03 10:05:00', response_text: 'done' }],
    })
    await importInto(world, ['after.db'])

    expect((await importInto(world, ['before.db'])).report?.kinds.executions).toEqual(present(1))
  })
})

describe('import of the second schema', () => {
  const answers = [
    ...['gemini', 'claude', 'code'].map((agent) => answer(agent, '10:00:20')),
    ...['gemini', 'claude', 'code'].map((agent) => answer(agent, '10:12:00', 'again')),
  ]
  const synthesis = {
    at: '2025-12-01 12:00:00',
    json: { output_markdown: GENERATED, status: 'ok', artifacts_count: 3, agreements: null },
  }

  test('puts runs of one row back together, each with the synthesis that was made of it', async () => {
    const world = aWorld()
    writeNormalized(world.path('v2.db'), answers, [synthesis])

    const { code, report } = await importInto(world, ['v2.db'])
    expect({ code, ...report?.kinds }).toEqual({
      code: 0,
      artifacts: stored(6),
      syntheses: stored(1),
      executions: nothing,
      runs: { inferred: 2, stored: 2, extended: 0, present: 0 },
    })
    await world.write(async ({ runs }) => {
      const { items } = await runs.list({ specId: 's' })
      const [second, first] = items
      expect(second).toMatchObject({ status: 'abandoned', startedAt: new Date('2025-11-03T10:12:00.000Z') })
      expect(first).toMatchObject({ status: 'concluded', concludedAt: new Date('2025-11-03T10:00:20.002Z') })
      expect(first?.expectedAgents).toEqual(['claude', 'code', 'gemini'])
    })
  })

  test('adds nothing to what the first schema said, and the other way around', async () => {
    for (const order of [
      ['v1.db', 'v2.db'],
      ['v2.db', 'v1.db'],
    ]) {
      const world = aWorld()
      writeNormalized(world.path('v2.db'), answers, [synthesis])
      writeOriginal(world.path('v1.db'), {
        artifacts: answers.map((each) => ({ ...each, run: `r ${each.at}` })),
        syntheses: [{ output_markdown: GENERATED, created_at: '2025-11-03 10:00:21' }],
      })

      await importInto(world, [order[0]!])
      expect((await importInto(world, [order[1]!])).report?.kinds).toMatchObject({
        artifacts: present(6),
        syntheses: present(1),
        runs: { stored: 0, present: 2 },
      })
    }
  })

  test('gives a synthesis far from all answers a run of its own', async () => {
    const world = aWorld()
    const json = { output_markdown: '# Plan\n\n**Generated**: 2025-11-01 08:00 UTC\n' }
    writeNormalized(world.path('v2.db'), answers, [{ at: '2025-12-01 12:00:00', json, degraded: 1 }])

    expect((await importInto(world, ['v2.db'])).report?.kinds.runs.stored).toBe(3)
    await world.write(async ({ runs }) => {
      const oldest = (await runs.list({ specId: 's' })).items.at(-1)
      expect(oldest).toMatchObject({ startedAt: new Date('2025-11-01T08:00:00Z'), verdict: 'degraded' })
    })
  })

  test('refuses a synthesis that does not parse, an answer without a run and a run without an answer', async () => {
    const world = aWorld()
    writeNormalized(
      world.path('v2.db'),
      [answers[0]!, answers[3]!],
      [{ at: '2025-12-01 12:00:00', json: '{"half' }],
    )
    const db = new Sqlite(world.path('v2.db'))
    db.exec('delete from consensus_runs where id = 1')
    db.exec('delete from agent_outputs where run_id = 2')
    db.close()

    const { code, report } = await importInto(world, ['v2.db'])
    expect(code).toBe(1)
    expect(report?.kinds).toMatchObject({ artifacts: refused(2), syntheses: refused(1) })
    expect(report?.refusals).toEqual([
      { file: 'v2.db', row: 'agent_outputs 1', reason: 'run_id is of a run that is not there: 1' },
      {
        file: 'v2.db',
        row: 'consensus_runs 3',
        reason: expect.stringContaining('synthesis_json is not JSON'),
      },
      { file: 'v2.db', row: 'consensus_runs 2', reason: 'the run holds no answer and no synthesis' },
    ])
  })

  test('knows the branch an agent worked on, and refuses two of them in one run', async () => {
    const world = aWorld()
    writeNormalized(world.path('v2.db'), [])
    const db = new Sqlite(world.path('v2.db'))
    const turn = { spec_id: 's', stage: 'plan', phase_type: 'regular', spawned_at: '2025-11-03 10:00:00' }
    const rows = ['main', 'main', 'side'].map((branch_id, i) => ({
      ...turn,
      agent_id: `${i}`,
      agent_name: `a${i}`,
      branch_id,
    }))
    insertAll(db, 'agent_executions', rows)
    insertAll(db, 'agent_executions', [
      { ...rows[0], agent_id: 'named 0', run_id: 'r' },
      { ...rows[2], agent_id: 'named 2', run_id: 'r' },
    ])
    db.close()

    const { report } = await importInto(world, ['v2.db'])
    expect(report?.kinds.executions).toEqual({ read: 5, stored: 4, present: 0, refused: 1 })
    expect(report?.refusals).toEqual([
      {
        file: 'v2.db',
        row: 'agent_executions named 2',
        reason: 'the run is on branch main, this is on side',
      },
    ])
    await world.write(async ({ runs, routes }) => {
      expect(await routes.find('0')).toMatchObject({ branch: 'main', phaseType: 'regular-stage' })
      expect(await routes.find('2')).toMatchObject({ branch: 'side' })
      expect((await runs.list({ specId: 's' })).items).toHaveLength(3)
    })
  })

  test('keeps answers together that share a run row, and apart from others', async () => {
    const world = aWorld()
    writeNormalized(world.path('v2.db'), [
      answer('a', '10:00:00'),
      answer('b', '10:01:00'),
      answer('c', '10:02:00'),
    ])
    const db = new Sqlite(world.path('v2.db'))
    db.exec('update agent_outputs set run_id = 1 where run_id = 2; delete from consensus_runs where id = 2')
    db.close()

    expect((await importInto(world, ['v2.db'])).report?.kinds.runs).toEqual({
      inferred: 1,
      stored: 2,
      extended: 0,
      present: 0,
    })
    await world.write(async ({ runs }) => {
      const { items } = await runs.list({ specId: 's' })
      expect(items.map(({ expectedAgents }) => expectedAgents)).toEqual([['c'], ['a', 'b']])
    })
  })
})

describe('import of the schema in between', () => {
  const rows = {
    runs: [
      { run_id: '910-0', missing_agents: '["code"]', conflicts: '["Where to log"]' },
      { run_id: '910-1', stage: 'spec-tasks', consensus_ok: null },
    ],
    artifacts: [
      {
        artifact_id: 'a0',
        run_id: '910-0',
        agent: 'gemini',
        content: '{"n":1}',
        metadata: '{"k":1}',
        created_at: 1_762_164_000,
      },
      { artifact_id: 'a1', run_id: '910-1', agent: 'gemini', content: '', created_at: null },
    ],
    syntheses: [
      {
        synthesis_id: 's0',
        run_id: '910-0',
        synthesized_content: '# Plan',
        consensus_verdict: 'degraded',
        created_at: 1_762_164_060,
      },
    ],
  }

  test('takes runs as they are told', async () => {
    const world = aWorld()
    writePrd(world.path('prd.db'), rows)

    expect((await importInto(world, ['prd.db'])).report?.kinds).toEqual({
      artifacts: stored(2),
      syntheses: stored(1),
      executions: nothing,
      runs: { inferred: 0, stored: 2, extended: 0, present: 0 },
    })
    await world.write(async ({ runs }) => {
      const { run, artifacts } = (await runs.bundle('910-0:plan'))!
      expect(run).toMatchObject({
        verdict: 'degraded',
        missingAgents: ['code'],
        conflicts: ['Where to log'],
        expectedAgents: ['code', 'gemini'],
        labels: { sourceRunId: '910-0', 'source.consensus_ok': '1' },
        startedAt: new Date('2025-11-03T10:00:00Z'),
        concludedAt: new Date('2025-11-03T10:01:00Z'),
      })
      expect(artifacts).toMatchObject([{ content: { n: 1 }, metadata: { source: { metadata: { k: 1 } } } }])
      expect(await runs.get('910-1:tasks')).toMatchObject({
        status: 'abandoned',
        startedAt: new Date('2025-11-03T10:00:00Z'),
      })
    })
  })

  test('refuses metadata that does not parse, a run that is not there, and a run that holds nothing', async () => {
    const world = aWorld()
    const [first] = rows.artifacts
    writePrd(world.path('prd.db'), {
      runs: [...rows.runs.slice(0, 1), { run_id: '910-2' }],
      artifacts: [
        first!,
        { ...first, artifact_id: 'a2', metadata: '{' },
        { ...first, artifact_id: 'a3', run_id: '910-9' },
      ],
    })

    const { report } = await importInto(world, ['prd.db'])
    expect(report?.kinds.artifacts).toEqual({ read: 4, stored: 1, present: 0, refused: 3 })
    expect(report?.refusals).toEqual([
      { file: 'prd.db', row: 'agent_artifacts a2', reason: expect.stringContaining('metadata is not JSON') },
      { file: 'prd.db', row: 'agent_artifacts a3', reason: 'run_id is of a run that is not there: 910-9' },
      { file: 'prd.db', row: 'consensus_runs 910-2', reason: 'the run holds no answer and no synthesis' },
    ])
  })

  test('keeps what another run says in the same words, once for each run', async () => {
    const world = aWorld()
    writePrd(world.path('prd.db'), rows)
    writeOriginal(world.path('v1.db'), {
      artifacts: [{ ...answer('gemini', '10:00:00', { n: 1 }), run: 'run_s_1' }],
    })
    await importInto(world, ['v1.db'])

    expect((await importInto(world, ['prd.db'])).report?.kinds.artifacts).toEqual(stored(2))
    for (const again of ['prd.db', 'v1.db']) {
      expect((await importInto(world, [again])).report?.kinds.artifacts).toMatchObject({
        stored: 0,
        refused: 0,
      })
    }
  })
})

describe('import of a database', () => {
  /** All there is to see of a folder: names, sizes, times and bytes. */
  const seen = (folder: string) =>
    readdirSync(folder)
      .sort()
      .map((name) => {
        const { size, mtimeMs } = statSync(`${folder}/${name}`)
        return { name, size, mtimeMs, bytes: readFileSync(`${folder}/${name}`) }
      })

  test.each(['delete', 'wal'])('in journal mode %s leaves it and its folder as they were', async (mode) => {
    const world = aWorld()
    mkdirSync(world.path('src'))
    writeOriginal(world.path('src/old.db'), { artifacts: [answer('claude', '10:00:00')] })
    const db = new Sqlite(world.path('src/old.db'))
    db.pragma(`journal_mode = ${mode}`)
    db.close()
    const before = seen(world.path('src'))

    expect((await importInto(world, ['src/old.db'])).report?.kinds.artifacts).toEqual(stored(1))
    expect(seen(world.path('src'))).toEqual(before)
  })

  test('that somebody has open reads what is only in its log yet', async () => {
    const world = aWorld()
    mkdirSync(world.path('src'))
    writeOriginal(world.path('src/old.db'), { artifacts: [answer('claude', '10:00:00')] })
    const db = new Sqlite(world.path('src/old.db'))
    onTestFinished(() => void db.close())
    db.pragma('journal_mode = wal')
    db.exec(`insert into consensus_artifacts (spec_id, stage, agent_name, content_json, created_at)
      values ('s', 'plan', 'code', 'late', '2025-11-03 10:00:01')`)
    const before = seen(world.path('src'))

    expect((await importInto(world, ['src/old.db'])).report?.kinds.artifacts).toEqual(stored(2))
    expect(seen(world.path('src'))).toEqual(before)
  })

  test('that was in the middle of its migration reads both schemas', async () => {
    const world = aWorld()
    const both = [answer('claude', '10:00:00'), answer('code', '10:00:00')]
    writeOriginal(world.path('old.db'), { artifacts: both, executions: [{ agent_id: 'a' }] })
    writeNormalized(world.path('old.db'), [both[0]!, answer('gemini', '10:00:00')])

    expect((await importInto(world, ['old.db'])).report?.kinds).toMatchObject({
      artifacts: { read: 4, stored: 3, present: 1, refused: 0 },
      executions: stored(1),
    })
  })

  test.each([
    [
      'a database of something else',
      (path: string) => new Sqlite(path).exec('create table notes (a)').close(),
      'SCHEMA',
    ],
    [
      'something that only claims to be a database',
      (path: string) => writeFileSync(path, 'SQLite format 3\0 not'),
      'CORRUPT',
    ],
    ['a .db that is no database', (path: string) => writeFileSync(path, 'hello'), 'CORRUPT'],
    ['nothing', () => {}, 'UNAVAILABLE'],
  ])('says of %s what it is, and makes no store', async (_, write, code) => {
    const world = aWorld()
    write(world.path('it.db'))

    const { code: exit, stderr, report } = await importInto(world, ['it.db'])
    expect({ exit, report }).toEqual({ exit: 1, report: undefined })
    expect(stderr).toMatch(new RegExp(`^error: ${code}: .*it\\.db`))
    expect(readdirSync(world.cwd).filter((name) => name.startsWith('consensus.db'))).toEqual([])
  })
})
