import { agentId, bodyOf, runId, stageOf, startedAt } from '@consensus-store/conformance/bench'
import type pg from 'pg'

const RESPONSE = bodyOf(
  'The plan holds: keep the two tables, add the index, and leave the rest to the next stage.',
)

/** Rows sent at a time. */
const CHUNK = 5_000

/** Fills an empty store's tables with runs that each had one agent who answered, rows and log alike. */
export async function fill(client: pg.ClientBase, runs: number): Promise<void> {
  await client.query('begin')
  await client.query(
    'create temp table source (i bigint, run_id text, agent_id text, spec_id text, stage text, at timestamptz) on commit drop',
  )
  for (let first = 0; first < runs; first += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, runs - first) }, (_, i) => first + i)
    const stages = chunk.map((i) => stageOf(i, runs))
    await client.query(
      `insert into source
      select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])`,
      [
        chunk,
        chunk.map(runId),
        chunk.map(agentId),
        stages.map(({ specId }) => specId),
        stages.map(({ stage }) => stage),
        chunk.map((i) => new Date(startedAt(i))),
      ],
    )
  }
  for (const statement of insertAll) await client.query(statement)
  await client.query(`select setval('event_position', $1)`, [runs * EVENTS.length])
  await client.query('commit')
  await client.query('vacuum (analyze)')
}

const MS = `interval '1 millisecond'`
const response = `{"bytes":${RESPONSE.bytes},"digest":"${RESPONSE.digest}"}`
const concluded = '"verdict":"unanimous","missingAgents":[],"agreements":[],"conflicts":[]'

/** The events of each run but its conclusion: type, and data as a store writes them. */
const BEFORE = [
  [
    'run.started',
    `'{"specId":' || to_json(spec_id) || ',"stage":' || to_json(stage) ||
      ',"branch":"main","expectedAgents":["gemini"],"labels":{}}'`,
  ],
  [
    'execution.spawned',
    `'{"agentId":' || to_json(agent_id) || ',"agentName":"gemini","phaseType":"regular-stage"}'`,
  ],
  ['execution.completed', `'{"agentId":' || to_json(agent_id) || ',"response":${response}}'`],
] as const

const sealedLines = [...BEFORE, ['run.concluded', `'{${concluded}}'`]].map(
  ([type, data], event) =>
    `'${event + 1} ${type} ' || (extract(epoch from at) * 1000)::bigint + ${event} || ' ' || ${data}`,
)
const seal = `'sha256:' || encode(sha256(convert_to(concat_ws(E'\\n', ${sealedLines}), 'UTF8')), 'hex')`

const EVENTS = [...BEFORE, ['run.concluded', `'{${concluded},"seal":"' || ${seal} || '"}'`]] as const

/** The first position a store gives is 1. */
const positionOf = (event: number) => `i * ${EVENTS.length} + ${event + 1}`
const ANSWERED = positionOf(EVENTS.findIndex(([type]) => type === 'execution.completed'))

const insertAll = [
  `insert into run (id, spec_id, stage, branch, status, verdict, expected_agents, missing_agents, agreements, conflicts,
    labels, pinned, started_at, concluded_at, seal, last_sequence)
  select run_id, spec_id, stage, 'main', 'concluded', 'unanimous', '["gemini"]', '[]', '[]', '[]', '{}', false, at,
    at + 3 * ${MS}, ${seal}, ${EVENTS.length}
  from source order by i`,

  `insert into execution (agent_id, run_id, spec_id, stage, branch, agent_name, phase_type, status, spawned_at, ended_at,
    response_bytes, response_digest, response_position)
  select agent_id, run_id, spec_id, stage, 'main', 'gemini', 'regular-stage', 'completed', at + ${MS}, at + 2 * ${MS},
    ${RESPONSE.bytes}, '${RESPONSE.digest}', ${ANSWERED}
  from source order by i`,

  ...EVENTS.map(
    ([type, data], event) => `insert into event (run_id, sequence, position, type, at, data)
    select run_id, ${event + 1}, ${positionOf(event)}, '${type}', at + ${event} * ${MS}, ${data}
    from source order by i`,
  ),

  `insert into body (position, text) select ${ANSWERED}, '${RESPONSE.text}' from source order by i`,
]
