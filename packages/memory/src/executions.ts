import {
  cancelExecution,
  completeExecution,
  type EndingDraft,
  type Execution,
  type ExecutionRequest,
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
  spawnExecution,
  spawnsAnew,
  staleQuery,
  startsExecutionAnew,
  timeOutExecution,
} from '@consensus-store/core'
import { type MemoryContext, matches, pageOf } from './context.ts'
import { append, bodyIn, executionIn, executionsIn, knownRun, type State } from './state.ts'

export function executions({ env, read, write }: MemoryContext): Executions {
  const end = ({ agentId, draft, body, ...ending }: EndingDraft) =>
    write((state) => {
      const execution = known(state, agentId)
      if (endsAnew(execution, ending)) append(state, execution.runId, draft, ...(body ? [body] : []))
      return known(state, agentId)
    })

  const listed = ({ page, statuses, spawnedBefore, ...filters }: ExecutionRequest) =>
    pageOf(
      executionsIn(read())
        .filter((execution) => matches(execution, filters))
        .filter(({ status }) => !statuses || statuses.includes(status))
        .filter(({ spawnedAt }) => !spawnedBefore || spawnedAt < spawnedBefore),
      page,
      executionPosition,
    )

  return {
    async spawn(input) {
      const { runId, at, spawned } = spawnExecution(input, env)
      return write((state) => {
        if (spawnsAnew(executionIn(state, spawned.agentId), runId, spawned)) {
          mustBeRunning(knownRun(state, runId))
          append(state, runId, { type: 'execution.spawned', at, data: spawned })
        }
        return known(state, spawned.agentId)
      })
    },

    async start(agentId) {
      const id = name(agentId, 'agentId')
      const at = now(env)
      return write((state) => {
        const execution = known(state, id)
        if (startsExecutionAnew(execution)) {
          append(state, execution.runId, { type: 'execution.started', at, data: { agentId: id } })
        }
        return known(state, id)
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
      return executionIn(read(), name(agentId, 'agentId'))
    },

    async list(query) {
      return listed(executionQuery(query))
    },

    async response(agentId) {
      const state = read()
      const execution = executionIn(state, name(agentId, 'agentId'))
      if (execution?.responseDigest === undefined) return undefined
      return bodyIn(state, execution.runId, execution.responseDigest)
    },

    async failures(query) {
      return listed(failureQuery(query))
    },

    async stale(query) {
      return listed(staleQuery(query))
    },
  }
}

function known(state: State, agentId: string): Execution {
  const execution = executionIn(state, agentId)
  if (!execution) throw notFound('agent', agentId)
  return execution
}
