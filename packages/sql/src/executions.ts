import {
  cancelExecution,
  completeExecution,
  type EndingDraft,
  type Execution,
  type ExecutionRequest,
  type ExecutionStatus,
  type Executions,
  endsAnew,
  executionPosition,
  executionQuery,
  failExecution,
  failureQuery,
  mustBeRunning,
  name,
  notFound,
  now,
  OPEN_STATUSES,
  page,
  spawnExecution,
  spawnedExecution,
  spawnsAnew,
  staleQuery,
  startsExecutionAnew,
  timeOutExecution,
} from '@consensus-store/core'
import { type Selectable, sql } from 'kysely'
import { insertBody } from './bodies.ts'
import type { SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { append, appendForAgent } from './events.ts'
import { pageArguments } from './listing.ts'
import { knownRun } from './runs.ts'
import type { ExecutionTable } from './schema.ts'
import { settle } from './settle.ts'
import { bind, statement, variants } from './statement.ts'

export function executions({ session, env }: SqlContext): Executions {
  const get = (agentId: string) => session.first(getExecution, { agentId })

  async function known(agentId: string): Promise<Execution> {
    const execution = await get(agentId)
    if (!execution) throw notFound('agent', agentId)
    return execution
  }

  const end = ({ agentId, status, failure, response, draft, body }: EndingDraft) =>
    settle(`Agent ${agentId}`, async () => {
      const [[claimed], , ...rest] = await session.write([
        bind(claimOpen, { agentId }),
        appendForAgent(agentId, draft),
        ...(body ? [bind(insertBody, { text: body.text })] : []),
        bind(body ? endWithResponse : endWithoutResponse, {
          agentId,
          status,
          endedAt: draft.at,
          failure,
          responseBytes: response?.bytes,
          responseDigest: response?.digest,
        }),
      ])
      if (claimed) return rest.at(-1)?.[0] as Execution
      const stored = await known(agentId)
      return endsAnew(stored, { status, failure, response }) ? undefined : stored
    })

  async function list(request: ExecutionRequest) {
    const { page: paging, runId, specId, stage, statuses, spawnedBefore } = request
    const query = listExecutions({
      runId: runId !== undefined,
      specId: specId !== undefined,
      stage: stage !== undefined,
      statuses,
      spawnedBefore: spawnedBefore !== undefined,
      after: paging.after !== undefined,
    })
    const args = { runId, specId, stage, spawnedBefore, ...pageArguments(paging) }
    return page(await session.all(query, args), paging, executionPosition)
  }

  return {
    async spawn(input) {
      const { runId, at, spawned } = spawnExecution(input, env)
      const { agentId } = spawned
      return settle(`Agent ${agentId}`, async () => {
        const [[run]] = await session.write([
          bind(claimForAgent, { runId, agentId }),
          bind(insertSpawned, { ...spawned, modelVersion: spawned.modelVersion, runId, at }),
          append(runId, { type: 'execution.spawned', at, data: spawned }),
        ])
        if (run) return spawnedExecution({ id: runId, ...run }, at, spawned)
        const stored = await get(agentId)
        if (!spawnsAnew(stored, runId, spawned)) return stored
        mustBeRunning(await knownRun(session, runId))
        return undefined
      })
    },

    async start(agentId) {
      const at = now(env)
      const id = name(agentId, 'agentId')
      return settle(`Agent ${id}`, async () => {
        const [[claimed], , [started]] = await session.write([
          bind(claimUnstarted, { agentId: id }),
          appendForAgent(id, { type: 'execution.started', at, data: { agentId: id } }),
          bind(startSpawned, { agentId: id, at }),
        ])
        if (claimed) return started
        const stored = await known(id)
        return startsExecutionAnew(stored) ? undefined : stored
      })
    },

    async complete(agentId, completion) {
      return end(completeExecution(agentId, completion, env))
    },

    async fail(agentId, failure) {
      return end(failExecution(agentId, failure, env))
    },

    async cancel(agentId) {
      return end(cancelExecution(agentId, env))
    },

    async timeOut(agentId) {
      return end(timeOutExecution(agentId, env))
    },

    async get(agentId) {
      return get(name(agentId, 'agentId'))
    },

    async list(query) {
      return list(executionQuery(query))
    },

    async response(agentId) {
      return session.first(getResponse, { agentId: name(agentId, 'agentId') })
    },

    async failures(query) {
      return list(failureQuery(query))
    },

    async stale(query) {
      return list(staleQuery(query))
    },
  }
}

export function executionFromRow(row: Selectable<ExecutionTable>, { instant }: SqlDialect): Execution {
  return {
    agentId: row.agent_id,
    runId: row.run_id,
    specId: row.spec_id,
    stage: row.stage,
    branch: row.branch ?? undefined,
    agentName: row.agent_name,
    phaseType: row.phase_type,
    modelVersion: row.model_version ?? undefined,
    status: row.status,
    spawnedAt: instant.decode(row.spawned_at),
    startedAt: row.started_at === null ? undefined : instant.decode(row.started_at),
    endedAt: row.ended_at === null ? undefined : instant.decode(row.ended_at),
    failure: row.failure === null ? undefined : JSON.parse(row.failure),
    responseBytes: row.response_bytes ?? undefined,
    responseDigest: row.response_digest ?? undefined,
  }
}

const getExecution = statement<{ agentId: string }>()(
  ({ db, arg }) => db.selectFrom('execution').selectAll().where('agent_id', '=', arg.plain('agentId')),
  executionFromRow,
)

const getResponse = statement<{ agentId: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('execution')
      .innerJoin('body', 'body.position', 'execution.response_position')
      .select('body.text')
      .where('execution.agent_id', '=', arg.plain('agentId')),
  ({ text }, { body }) => body.decode(text),
)

const claimForAgent = statement<{ runId: string; agentId: string }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
      .where('id', '=', arg.plain('runId'))
      .where('status', '=', 'running')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('execution').select('agent_id').where('agent_id', '=', arg.plain('agentId')))),
      )
      .returning(['spec_id', 'stage', 'branch']),
  (row) => ({ specId: row.spec_id, stage: row.stage, branch: row.branch ?? undefined }),
)

const insertSpawned = statement<{
  runId: string
  agentId: string
  agentName: string
  phaseType: Execution['phaseType']
  modelVersion: string | undefined
  at: Date
}>()(({ db, arg }) =>
  db
    .insertInto('execution')
    .columns([
      'agent_id',
      'run_id',
      'spec_id',
      'stage',
      'branch',
      'agent_name',
      'phase_type',
      'model_version',
      'status',
      'spawned_at',
    ])
    .expression((eb) =>
      eb
        .selectFrom('run')
        .select([arg.plain('agentId').as('agent_id'), 'id', 'spec_id', 'stage', 'branch'])
        .select([
          arg.plain('agentName').as('agent_name'),
          arg.plain('phaseType').as('phase_type'),
          arg.plain('modelVersion').as('model_version'),
          sql.lit<ExecutionStatus>('spawned').as('status'),
          arg.instant('at').as('spawned_at'),
        ])
        .where('id', '=', arg.plain('runId')),
    ),
)

const claimOpen = statement<{ agentId: string }>()(({ db, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('execution')
        .select('run_id')
        .where('agent_id', '=', arg.plain('agentId'))
        .where('status', 'in', literals(OPEN_STATUSES)),
    )
    .returning('id'),
)

const claimUnstarted = statement<{ agentId: string }>()(({ db, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('execution')
        .select('run_id')
        .where('agent_id', '=', arg.plain('agentId'))
        .where('status', '=', sql.lit('spawned')),
    )
    .returning('id'),
)

const startSpawned = statement<{ agentId: string; at: Date }>()(
  ({ db, arg }) =>
    db
      .updateTable('execution')
      .set({ status: 'running', started_at: arg.instant('at') })
      .where('agent_id', '=', arg.plain('agentId'))
      .returningAll(),
  executionFromRow,
)

interface EndingRow {
  agentId: string
  status: ExecutionStatus
  endedAt: Date
  failure: Execution['failure']
  responseBytes: number | undefined
  responseDigest: string | undefined
}

const endWithResponse = statement<EndingRow>()(
  ({ db, dialect, arg }) =>
    db
      .updateTable('execution')
      .set({
        status: arg.plain('status'),
        ended_at: arg.instant('endedAt'),
        failure: arg.json('failure'),
        response_bytes: arg.plain('responseBytes'),
        response_digest: arg.plain('responseDigest'),
        response_position: dialect.position.current,
      })
      .where('agent_id', '=', arg.plain('agentId'))
      .returningAll(),
  executionFromRow,
)

const endWithoutResponse = statement<EndingRow>()(
  ({ db, arg }) =>
    db
      .updateTable('execution')
      .set({
        status: arg.plain('status'),
        ended_at: arg.instant('endedAt'),
        failure: arg.json('failure'),
      })
      .where('agent_id', '=', arg.plain('agentId'))
      .returningAll(),
  executionFromRow,
)

interface Listing {
  runId: boolean
  specId: boolean
  stage: boolean
  statuses: readonly ExecutionStatus[] | undefined
  spawnedBefore: boolean
  after: boolean
}

interface ExecutionFilters {
  runId: string | undefined
  specId: string | undefined
  stage: string | undefined
  spawnedBefore: Date | undefined
  rows: number
  afterAt: Date | undefined
  afterId: string | undefined
}

const listExecutions = variants((given: Listing) =>
  statement<ExecutionFilters>()(
    ({ db, arg }) =>
      db
        .selectFrom('execution')
        .selectAll()
        .$if(given.runId, (query) => query.where('run_id', '=', arg.plain('runId')))
        .$if(given.specId, (query) => query.where('spec_id', '=', arg.plain('specId')))
        .$if(given.stage, (query) => query.where('stage', '=', arg.plain('stage')))
        .$if(given.statuses !== undefined, (query) =>
          query.where('status', 'in', literals(given.statuses ?? [])),
        )
        .$if(given.spawnedBefore, (query) => query.where('spawned_at', '<', arg.instant('spawnedBefore')))
        .$if(given.after, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('spawned_at', 'agent_id'), '<', tuple(arg.instant('afterAt'), arg.plain('afterId'))),
          ),
        )
        .orderBy('spawned_at', 'desc')
        .orderBy('agent_id', 'desc')
        .limit(arg.plain('rows')),
    executionFromRow,
  ),
)

/** Written into the statement, so that the indexes over only these statuses can serve it. */
const literals = (statuses: readonly ExecutionStatus[]) => statuses.map((status) => sql.lit(status))
