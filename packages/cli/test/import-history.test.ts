import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { HISTORIES } from './histories.ts'
import { importInto, writeFiles, writeNormalized, writeOriginal, writePrd } from './import-sources.ts'
import { aWorld } from './world.ts'

/** A folder with `evidence`, `legacy` and `hostile` in it, and where it is. */
interface Data {
  readonly name: string
  readonly skip: boolean
  folder(world: ReturnType<typeof aWorld>): string
}

const sources: readonly Data[] = [
  {
    name: HISTORIES
      ? 'real histories'
      : 'real histories (skipped: CONSENSUS_HISTORIES does not say where they are)',
    skip: !HISTORIES,
    folder: () => HISTORIES!,
  },
  {
    name: 'histories made for this test',
    skip: false,
    folder(world) {
      writeHistories(world.path('made'))
      return world.path('made')
    },
  },
]

describe.each(sources)('import of $name', ({ skip, folder }) => {
  test.skipIf(skip)('counts what its files hold, and keeps every body', async () => {
    const world = aWorld()
    const data = folder(world)
    const held = heldByFiles(join(data, 'evidence'))
    expect(held.answers.length).toBeGreaterThan(10)

    const { code, report } = await importInto(world, [join(data, 'evidence')])

    expect(code).toBe(0)
    expect(report?.kinds.artifacts.read).toBe(held.answers.length)
    expect(report?.kinds.artifacts.stored).toBe(new Set(held.answers).size)
    expect(report?.kinds.artifacts.present).toBe(held.answers.length - new Set(held.answers).size)
    expect(report?.kinds.syntheses).toEqual({
      read: held.syntheses,
      stored: held.syntheses,
      present: 0,
      refused: 0,
    })
    await expectSound(world)

    const kept = await answersKept(world)
    expect(new Set(kept)).toEqual(new Set(held.answers))
    expect(kept).toHaveLength(new Set(kept).size)
  })

  test.skipIf(skip)('counts what each database holds, and keeps every body', async () => {
    for (const name of ['original', 'normalized-v2', 'prd-910']) {
      const world = aWorld()
      const path = join(folder(world), 'legacy', `${name}.db`)
      const before = readFileSync(path)
      const held = heldByDatabase(path)

      const { code, report } = await importInto(world, [path])
      expect({ name, code, refusals: report?.refusals }).toEqual({ name, code: 0, refusals: [] })
      for (const kind of ['artifacts', 'syntheses', 'executions'] as const) {
        const { read, stored, present } = report!.kinds[kind]
        expect({ name, kind, read, all: stored + present }).toEqual({
          name,
          kind,
          read: held[kind],
          all: held[kind],
        })
      }
      expect(new Set(await answersKept(world, { byRun: false }))).toEqual(new Set(held.answers))
      await expectSound(world)
      expect(readFileSync(path).equals(before)).toBe(true)
      expect(readdirSync(join(path, '..')).filter((file) => file.startsWith(`${name}.db-`))).toEqual([])
    }
  })

  test.skipIf(skip)(
    'adds nothing the second time, in any order, and exports the same from a copy',
    async () => {
      const world = aWorld()
      const data = folder(world)
      const paths = ['evidence', 'legacy/original.db', 'legacy/normalized-v2.db', 'legacy/prd-910.db'].map(
        (path) => join(data, path),
      )
      const reports = []
      for (const path of paths) {
        const rehearsed = await importInto(world, [path, '--dry-run'])
        const { report } = await importInto(world, [path])
        expect(rehearsed.report).toEqual({ ...report, dryRun: true })
        reports.push(report!)
      }
      const [, original, normalized] = reports
      // Both say what the evidence says, in part without run ids and at other times; only the executions are new.
      expect(original?.kinds).toMatchObject({ artifacts: { stored: 0 }, syntheses: { stored: 0 } })
      expect(normalized?.kinds).toMatchObject({ artifacts: { stored: 0 }, syntheses: { stored: 0 } })
      await expectSound(world)
      const { stdout: exported } = await world.run(['export'])

      for (const path of paths.toReversed()) {
        const { report } = await importInto(world, [path])
        for (const kind of ['artifacts', 'syntheses', 'executions'] as const) {
          const { read, present } = report!.kinds[kind]
          expect({ path, kind, present }).toEqual({ path, kind, present: read })
        }
      }
      expect((await world.run(['export'])).stdout === exported).toBe(true)

      writeFiles(world.cwd, { 'all.jsonl': exported })
      const copy = ['--store', 'sqlite:copy.db']
      expect((await importInto(world, ['all.jsonl', ...copy])).code).toBe(0)
      expect((await world.run(['export', ...copy])).stdout === exported).toBe(true)
      expect((await world.run(['verify', ...copy])).code).toBe(0)
    },
  )

  test.skipIf(skip)('infers runs in which every agent answers once', async () => {
    const world = aWorld()
    await importInto(world, [join(folder(world), 'evidence')])
    await world.write(async ({ runs }) => {
      let inferred = 0
      for (const { id, labels } of (await runs.list({ limit: 1000 })).items) {
        const { artifacts, syntheses } = (await runs.bundle(id))!
        if (labels.inferred !== 'true') continue
        inferred += 1
        const agents = artifacts.map(({ agentName }) => agentName)
        expect({ id, agents }).toEqual({ id, agents: [...new Set(agents)] })
        expect(syntheses.length).toBeLessThanOrEqual(1)
      }
      expect(inferred).toBeGreaterThan(2)
    })
  })

  test.skipIf(skip)('puts each synthesis of a database with the answers it was made of', async () => {
    const world = aWorld()
    await importInto(world, [join(folder(world), 'legacy/normalized-v2.db')])
    await world.write(async ({ runs }) => {
      const { items } = await runs.list({ limit: 1000 })
      const bundles = await Promise.all(items.map(async ({ id }) => (await runs.bundle(id))!))
      const concluded = bundles.filter(({ syntheses }) => syntheses.length > 0)
      expect(concluded.length).toBeGreaterThan(1)
      const lonely = concluded.filter(({ artifacts }) => artifacts.length === 0)
      expect(lonely).toHaveLength(1)
      for (const { artifacts, syntheses } of concluded) {
        if (artifacts.length === 0) continue
        const said = /\*\*Agents\*\*: (\d+)/.exec(syntheses[0]!.markdown)?.[1]
        expect(String(artifacts.length)).toBe(said)
      }
    })
  })

  test.skipIf(skip)('refuses by name each file that does not parse', async () => {
    const world = aWorld()
    const hostile = join(folder(world), 'hostile')
    const files = readdirSync(hostile)

    const { code, report } = await importInto(world, [hostile])
    expect(code).toBe(1)
    expect(report?.kinds.artifacts).toEqual({
      read: files.length,
      stored: 0,
      present: 0,
      refused: files.length,
    })
    expect(report?.refusals.map(({ file }) => file).sort()).toEqual(files.sort())
    for (const { reason } of report!.refusals) expect(reason).toContain('the file is not JSON')
  })
})

async function expectSound(world: ReturnType<typeof aWorld>): Promise<void> {
  const { code, stdout } = await world.run(['verify', '--json'])
  expect({ code, differences: JSON.parse(stdout).differences }).toEqual({ code: 0, differences: [] })
}

const second = (iso: string) =>
  Math.floor(Date.parse(/Z|\+/.test(iso) ? iso : `${iso.replace(' ', 'T')}Z`) / 1000)
const same = (...parts: readonly unknown[]) => JSON.stringify(parts)

/** What files hold, counted without the importer: an answer is who said what in which second, in which run. */
function heldByFiles(root: string): { readonly answers: readonly string[]; readonly syntheses: number } {
  const answers: string[] = []
  let syntheses = 0
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const name = basename(file)
    if (name.endsWith('_synthesis.json')) syntheses += 1
    if (!name.endsWith('.json') || /_(synthesis|metrics)\.json$/.test(name)) continue
    const json = JSON.parse(readFileSync(join(root, file), 'utf8'))
    if (name.endsWith('_verdict.json')) {
      for (const { agent_name, content, created_at } of json.proposals) {
        answers.push(same(json.stage, agent_name, second(created_at), content, json.run_id ?? null))
      }
    } else {
      const [stage = '', time = '', ...agent] = name.slice(0, -'.json'.length).split('_')
      answers.push(same(stage.replace('spec-', ''), agent.join('_'), second(time), json, null))
    }
  }
  return { answers, syntheses }
}

const COUNTS: Readonly<Record<string, readonly [string, string, string]>> = {
  original: ['consensus_artifacts', 'consensus_synthesis', 'agent_executions'],
  'normalized-v2': ['agent_outputs', 'consensus_runs where synthesis_json is not null', 'agent_executions'],
  'prd-910': ['agent_artifacts', 'synthesis_results', '(select 1 where false)'],
}

const ANSWERS: Readonly<Record<string, string>> = {
  original: 'select stage, agent_name, created_at as at, content_json as content from consensus_artifacts',
  'normalized-v2': `select r.stage, o.agent_name, datetime(o.output_timestamp / 1000, 'unixepoch') as at, o.content
    from agent_outputs o join consensus_runs r on r.id = o.run_id`,
  'prd-910': `select r.stage, a.agent as agent_name, datetime(a.created_at, 'unixepoch') as at, a.content
    from agent_artifacts a join consensus_runs r using (run_id)`,
}

function heldByDatabase(path: string) {
  const name = basename(path, '.db')
  const db = new Sqlite(path, { readonly: true })
  const count = (table: string) => db.prepare(`select count(*) from ${table}`).pluck().get() as number
  const rows = db.prepare(ANSWERS[name]!).all() as {
    stage: string
    agent_name: string
    at: string
    content: string
  }[]
  const [artifacts, syntheses, executions] = COUNTS[name]!.map(count)
  db.close()
  return {
    artifacts,
    syntheses,
    executions,
    answers: rows.map(({ stage, agent_name, at, content }) =>
      same(stage.replace('spec-', ''), agent_name, second(at), jsonOr(content)),
    ),
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The answers in the store, in the same terms. */
async function answersKept(world: ReturnType<typeof aWorld>, { byRun = true } = {}): Promise<string[]> {
  const kept: string[] = []
  await world.write(async ({ runs }) => {
    for (const { id } of (await runs.list({ limit: 1000 })).items) {
      const { run, artifacts } = (await runs.bundle(id))!
      for (const { agentName, createdAt, content } of artifacts) {
        const parts = [run.stage, agentName, Math.floor(createdAt.getTime() / 1000), content]
        kept.push(byRun ? same(...parts, run.labels.sourceRunId ?? null) : same(...parts))
      }
    }
  })
  return kept
}

/** The same shapes as the real histories, small: what the databases hold overlaps with the files. */
function writeHistories(root: string): void {
  const minutes = ['10:00', '10:12', '11:30']
  const at = (minute: string) => `2025-11-10 ${minute}:20`
  const agents = ['gemini', 'claude', 'code']
  const markdown = (minute: string, count: number) =>
    `# Plan\n\n**Agents**: ${count}\n**Generated**: 2025-11-10 ${minute} UTC\n`
  const says = (agent: string, minute: string): unknown =>
    agent === 'code' ? '' : agent === 'claude' ? `{ "half": ${minute}` : { stage: 'spec-plan', agent, minute }
  const answers = minutes.flatMap((minute, i) =>
    agents.map((agent) => ({ agent, at: at(minute), content: says(agent, minute), run: `run_s_${i}` })),
  )
  const round = (stage: string) =>
    agents.map((agent_name) => ({
      agent_name,
      content: { stage, agent_name },
      created_at: '2025-11-03 02:54:13',
    }))
  const loose = [...round('quality-gate-clarify'), ...round('spec-plan')]

  for (const [i, minute] of minutes.entries()) {
    const of = answers.filter(({ run }) => run === `run_s_${i}`)
    writeFiles(join(root, 'evidence', `export-${i}`, 's'), {
      'plan_verdict.json': {
        spec_id: 's',
        stage: 'plan',
        run_id: `run_s_${i}`,
        proposals: of.map(({ agent, at, content }) => ({ agent_name: agent, content, created_at: at })),
      },
      'plan_synthesis.json': {
        spec_id: 's',
        stage: 'spec-plan',
        output_markdown: markdown(minute, 3),
        status: 'ok',
        run_id: `run_s_${i}`,
        created_at: `2025-11-10 ${minute}:25`,
      },
    })
  }
  writeFiles(join(root, 'evidence/export-old/s'), {
    'plan_verdict.json': { spec_id: 's', stage: 'plan', proposals: [...loose, loose[0]] },
    'plan_synthesis.json': {
      spec_id: 's',
      stage: 'spec-plan',
      output_markdown: '# Plan\n\n**Generated**: 2025-11-03 02:54 UTC\n',
      status: 'ok',
      run_id: null,
      created_at: '2025-11-03 02:54:13',
    },
  })
  const demo = { spec_id: 's-demo', stage: 'spec-plan' }
  for (const time of ['2025-10-05T01:10:37Z', '2025-10-05T01:13:29Z']) {
    writeFiles(join(root, 'evidence/latest/s-demo'), {
      [`spec-plan_${time}_claude.json`]: { ...demo, error: 'agent execution failed' },
      [`spec-plan_${time}_gpt_pro.json`]: { ...demo, model: 'gpt-5' },
      [`spec-plan_${time}_gpt_pro_metrics.json`]: { model_id: 'gpt-5', latency_ms: 41 },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the tool that wrote such files forgot to fill it in
      [`spec-plan_${time}_synthesis.json`]: { specId: '${spec}', status: 'ok' },
    })
  }

  mkdirSync(join(root, 'legacy'))
  const noted = loose.map(({ agent_name, content, created_at }) => ({
    agent: agent_name,
    at: created_at,
    content,
  }))
  const madeUp = (i: number) => `2025-12-0${i + 1} 12:00:00`
  writeOriginal(join(root, 'legacy/original.db'), {
    artifacts: [...answers, ...noted.slice(0, 4)],
    syntheses: minutes.map((minute, i) => ({ output_markdown: markdown(minute, 3), created_at: madeUp(i) })),
    executions: [
      { agent_id: 'hung' },
      { agent_id: 'ended', agent_name: 'code', completed_at: '2025-11-12 10:00:00', response_text: 'done' },
    ].map((row) => ({ ...row, spawned_at: '2025-11-12 09:59:00' })),
  })
  writeNormalized(join(root, 'legacy/normalized-v2.db'), answers, [
    ...minutes.map((minute, i) => ({
      at: madeUp(i),
      json: { output_markdown: markdown(minute, 3), status: 'ok' },
    })),
    { at: madeUp(5), json: { output_markdown: '# Plan\n\n**Generated**: 2025-11-03 02:54 UTC\n' } },
  ])
  const seconds = (minute: string) => second(at(minute))
  writePrd(join(root, 'legacy/prd-910.db'), {
    runs: minutes.map((minute, i) => ({
      run_id: `910-${i}`,
      timestamp: seconds(minute),
      missing_agents: '[]',
    })),
    artifacts: answers.map(({ agent, content, run }, i) => ({
      artifact_id: `art-${i}`,
      run_id: run.replace('run_s_', '910-'),
      agent,
      content: typeof content === 'string' ? content : JSON.stringify(content),
      metadata: '{}',
      created_at: seconds(minutes[Number(run.at(-1))]!),
    })),
    syntheses: [
      {
        synthesis_id: 'syn-0',
        run_id: '910-0',
        synthesized_content: markdown('10:12', 3),
        created_at: second(madeUp(0)),
      },
    ],
  })
  writeFiles(join(root, 'hostile'), {
    '00-spec-plan_broken_20251220T000000.json': '{ not JSON }',
    '02-empty.json': '',
    '04-spec-tasks_2025-10-03T17:38:54Z-1021.json': '{ "note": "a "quote" too many" }',
  })
}
