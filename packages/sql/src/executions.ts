import {
  cancelExecution,
  completeExecution,
  type EndingDraft,
  type Execution,
  type ExecutionStatus,
  type Executions,
  endsAnew,
  executionQuery,
  failExecution,
  failureQuery,
  mustBeRunning,
  name,
  notFound,
  now,
  settle,
  spawnExecution,
  spawnedExecution,
  spawnsAnew,
  staleQuery,
  startsExecutionAnew,
  timeOutExecution,
} from '@consensus-store/core'
import { sql } from 'kysely'
import { claim, ofRun } from './claim.ts'
import type { SqlContext } from './context.ts'
import { endingSteps } from './endings.ts'
import { append, appendForAgent } from './events.ts'
import { listExecutions } from './execution-lists.ts'
import { executionFromRow, getExecution, getResponse } from './execution-rows.ts'
import { knownRun } from './runs.ts'
import { bind, statement } from './statement.ts'

export function executions({ session, env }: SqlContext): Executions {
  const get = (agentId: string) => session.first(getExecution, { agentId })

  async function known(agentId: string): Promise<Execution> {
    const execution = await get(agentId)
    if (!execution) throw notFound('agent', agentId)
    return execution
  }

  const end = (ending: EndingDraft) =>
    settle(`Agent ${ending.agentId}`, async () => {
      const steps = endingSteps(ending)
      const [[claimed], ...rest] = await session.write(steps)
      if (claimed) return rest.at(-1)?.[0] as Execution
      const stored = await known(ending.agentId)
      return endsAnew(stored, ending) ? undefined : stored
    })

  return {
    async spawn(input) {
      const { runId, at, spawned } = spawnExecution(input, env)
      const { agentId } = spawned
      return settle(`Agent ${agentId}`, async () => {
        const [[run]] = await session.write([
          claim(ofRun(runId), claimForAgent, { runId, agentId }),
          append(runId, { type: 'execution.spawned', at, data: spawned }),
          bind(insertSpawned, { ...spawned, modelVersion: spawned.modelVersion, runId, at }),
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
          claim({ agentId: id }, claimUnstarted, { agentId: id }),
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
      return listExecutions(session, executionQuery(query))
    },

    async response(agentId) {
      return session.first(getResponse, { agentId: name(agentId, 'agentId') })
    },

    async failures(query) {
      return listExecutions(session, failureQuery(query))
    },

    async stale(query) {
      return listExecutions(session, staleQuery(query))
    },
  }
}

const claimForAgent = statement<{ runId: string; agentId: string }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
      .where('id', '=', arg.text('runId'))
      .where('status', '=', 'running')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('execution').select('agent_id').where('agent_id', '=', arg.text('agentId')))),
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
}>()(({ db, dialect, arg }) =>
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
        .select([arg.text('agentId').as('agent_id'), 'id', 'spec_id', 'stage', 'branch'])
        .select([
          arg.text('agentName').as('agent_name'),
          arg.text('phaseType').as('phase_type'),
          arg.text('modelVersion').as('model_version'),
          sql.lit<ExecutionStatus>('spawned').as('status'),
          arg.instant('at').as('spawned_at'),
        ])
        .where('id', '=', arg.text('runId'))
        .where((run) => dialect.appendedTo(run.ref('run.id'))),
    ),
)

const claimUnstarted = statement<{ agentId: string }>()(({ db, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb('last_sequence', '+', 1) }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('execution')
        .select('run_id')
        .where('agent_id', '=', arg.text('agentId'))
        .where('status', '=', sql.lit('spawned')),
    )
    .returning('id'),
)

const startSpawned = statement<{ agentId: string; at: Date }>()(
  ({ db, dialect, arg }) =>
    db
      .updateTable('execution')
      .set({ status: 'running', started_at: arg.instant('at') })
      .where('agent_id', '=', arg.text('agentId'))
      .where((eb) => dialect.appendedTo(eb.ref('execution.run_id')))
      .returningAll(),
  executionFromRow,
)
