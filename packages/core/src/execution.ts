import { at, instant, name, oneOf, optionalName, options, text } from './argument.ts'
import { type Body, type BodyRef, bodyRef, checkBodyRef, textBody } from './body.ts'
import { type Env, now } from './env.ts'
import { conflict } from './error.ts'
import type { Draft } from './event.ts'
import { type PageQuery, type PageRequest, type Position, pageRequest } from './page.ts'
import type { Run } from './run.ts'

export const EXECUTION_STATUSES = [
  'spawned',
  'running',
  'completed',
  'failed',
  'cancelled',
  'timed-out',
] as const
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number]

/** From these an execution may still end; the others are never left. */
export const OPEN_STATUSES = ['spawned', 'running'] as const satisfies readonly ExecutionStatus[]
/** What `failures` lists. */
export const FAILURE_STATUSES = ['failed', 'timed-out'] as const satisfies readonly ExecutionStatus[]

export const PHASE_TYPES = ['quality-gate', 'regular-stage'] as const
export type PhaseType = (typeof PHASE_TYPES)[number]

/** One agent's turn in a run. Its response is kept beside it and read with `executions.response`. */
export interface Execution {
  readonly agentId: string
  readonly runId: string
  readonly specId: string
  readonly stage: string
  readonly branch: string | undefined
  readonly agentName: string
  readonly phaseType: PhaseType
  readonly modelVersion: string | undefined
  readonly status: ExecutionStatus
  readonly spawnedAt: Date
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
  readonly failure: Failure | undefined
  /** Bytes of the response as UTF-8; `undefined` while there is none, 0 for an empty one. */
  readonly responseBytes: number | undefined
  readonly responseDigest: string | undefined
}

export interface Failure {
  /** `extraction` when an answer came but nothing could be read from it, `error` for most else, or a word of your own. */
  readonly reason: string
  readonly message: string
}

export interface NewExecution {
  /** A new one unless given. */
  readonly agentId?: string | undefined
  readonly runId: string
  readonly agentName: string
  readonly phaseType: PhaseType
  readonly modelVersion?: string | undefined
}

export interface Completion {
  /** The agent's answer, word for word. */
  readonly response: string
}

export interface FailureReport extends Failure {
  /** What the agent did answer, when its answer is what failed. */
  readonly response?: string | undefined
}

export interface ExecutionQuery extends PageQuery {
  readonly runId?: string | undefined
  readonly specId?: string | undefined
  readonly stage?: string | undefined
  readonly status?: ExecutionStatus | undefined
}

export interface FailureQuery extends PageQuery {
  readonly specId?: string | undefined
}

export interface StaleQuery extends PageQuery {
  readonly olderThan: Date
}

export interface ExecutionSpawned {
  readonly agentId: string
  readonly agentName: string
  readonly phaseType: PhaseType
  readonly modelVersion?: string
}

export interface OfExecution {
  readonly agentId: string
}

export interface ExecutionCompleted extends OfExecution {
  readonly response: BodyRef
}

export interface ExecutionFailed extends OfExecution {
  readonly failure: Failure
  readonly response?: BodyRef
}

export function spawnExecution(input: NewExecution, env: Env) {
  const { agentId, runId, agentName, phaseType, modelVersion } = options(input, 'execution')
  const spawned = checkExecutionSpawned({
    agentId: agentId === undefined ? env.newId() : agentId,
    agentName,
    phaseType,
    ...(modelVersion !== undefined && { modelVersion }),
  })
  return { runId: name(runId, 'runId'), at: now(env), spawned }
}

export const checkExecutionSpawned = (
  { agentId, agentName, phaseType, modelVersion }: ExecutionSpawned,
  path?: string,
): ExecutionSpawned => ({
  agentId: name(agentId, at('agentId', path)),
  agentName: name(agentName, at('agentName', path)),
  phaseType: oneOf(phaseType, PHASE_TYPES, at('phaseType', path)),
  ...(modelVersion !== undefined && { modelVersion: name(modelVersion, at('modelVersion', path)) }),
})

export function spawnedExecution(
  run: Pick<Run, 'id' | 'specId' | 'stage' | 'branch'>,
  at: Date,
  spawned: ExecutionSpawned,
): Execution {
  return {
    agentId: spawned.agentId,
    runId: run.id,
    specId: run.specId,
    stage: run.stage,
    branch: run.branch,
    agentName: spawned.agentName,
    phaseType: spawned.phaseType,
    modelVersion: spawned.modelVersion,
    status: 'spawned',
    spawnedAt: at,
    startedAt: undefined,
    endedAt: undefined,
    failure: undefined,
    responseBytes: undefined,
    responseDigest: undefined,
  }
}

/** False when the agent was spawned with the same facts already. CONFLICT when with others. */
export function spawnsAnew(stored: Execution | undefined, runId: string, spawned: ExecutionSpawned): boolean {
  if (!stored) return true
  const same =
    stored.runId === runId &&
    stored.agentName === spawned.agentName &&
    stored.phaseType === spawned.phaseType &&
    stored.modelVersion === spawned.modelVersion
  if (same) return false
  throw conflict(`Agent ${spawned.agentId} was spawned with other facts, in run ${stored.runId}`)
}

/** False when the agent started already, ended since or not. CONFLICT when it ended without starting. */
export function startsExecutionAnew(execution: Execution): boolean {
  if (execution.startedAt) return false
  if (isOpen(execution)) return true
  throw endedOtherwise(execution)
}

export const startedExecution = (execution: Execution, startedAt: Date): Execution => ({
  ...execution,
  status: 'running',
  startedAt,
})

/** How an execution ends: what its row says from then on, the event that says it, and the answer if there is one. */
export interface Ending {
  readonly status: 'completed' | 'failed' | 'cancelled' | 'timed-out'
  readonly failure: Failure | undefined
  readonly response: BodyRef | undefined
}

export interface EndingDraft extends Ending {
  readonly agentId: string
  readonly draft: Draft
  readonly body: Body | undefined
}

export function completeExecution(agentId: string, completion: Completion, env: Env): EndingDraft {
  const id = name(agentId, 'agentId')
  const body = textBody(options(completion, 'completion').response, 'response')
  const data = { agentId: id, response: bodyRef(body) }
  return {
    agentId: id,
    ...endingOf({ type: 'execution.completed', data }),
    draft: { type: 'execution.completed', at: now(env), data },
    body,
  }
}

export function failExecution(agentId: string, report: FailureReport, env: Env): EndingDraft {
  const id = name(agentId, 'agentId')
  const { response, ...given } = options(report, 'failure')
  const failure = checkFailure(given)
  const body = response === undefined ? undefined : textBody(response, 'response')
  const data = { agentId: id, failure, ...(body && { response: bodyRef(body) }) }
  return {
    agentId: id,
    ...endingOf({ type: 'execution.failed', data }),
    draft: { type: 'execution.failed', at: now(env), data },
    body,
  }
}

export const cancelExecution = (agentId: string, env: Env): EndingDraft =>
  endWithoutAnswer('execution.cancelled', agentId, env)

export const timeOutExecution = (agentId: string, env: Env): EndingDraft =>
  endWithoutAnswer('execution.timed-out', agentId, env)

function endWithoutAnswer(
  type: 'execution.cancelled' | 'execution.timed-out',
  agentId: string,
  env: Env,
): EndingDraft {
  const data = { agentId: name(agentId, 'agentId') }
  return { ...data, ...endingOf({ type, data }), draft: { type, at: now(env), data }, body: undefined }
}

export const checkOfExecution = ({ agentId }: OfExecution, path: string): OfExecution => ({
  agentId: name(agentId, at('agentId', path)),
})

export const checkExecutionCompleted = (completed: ExecutionCompleted, path: string): ExecutionCompleted => ({
  ...checkOfExecution(completed, path),
  response: checkBodyRef(completed.response, at('response', path)),
})

export const checkExecutionFailed = (failed: ExecutionFailed, path: string): ExecutionFailed => ({
  ...checkOfExecution(failed, path),
  failure: checkFailure(options(failed.failure, at('failure', path)), at('failure', path)),
  ...(failed.response !== undefined && { response: checkBodyRef(failed.response, at('response', path)) }),
})

const checkFailure = ({ reason, message }: Failure, path?: string): Failure => ({
  reason: name(reason, at('reason', path)),
  message: text(message, at('message', path)),
})

type EndingEvent =
  | { readonly type: 'execution.completed'; readonly data: ExecutionCompleted }
  | { readonly type: 'execution.failed'; readonly data: ExecutionFailed }
  | { readonly type: 'execution.cancelled' | 'execution.timed-out'; readonly data: OfExecution }

export function endingOf({ type, data }: EndingEvent): Ending {
  switch (type) {
    case 'execution.completed':
      return { status: 'completed', failure: undefined, response: data.response }
    case 'execution.failed':
      return { status: 'failed', failure: data.failure, response: data.response }
    case 'execution.cancelled':
      return { status: 'cancelled', failure: undefined, response: undefined }
    case 'execution.timed-out':
      return { status: 'timed-out', failure: undefined, response: undefined }
  }
}

/** False when the execution ended the same way already. CONFLICT when it ended another way. */
export function endsAnew(execution: Execution, { status, failure, response }: Ending): boolean {
  if (isOpen(execution)) return true
  const same =
    execution.status === status &&
    execution.failure?.reason === failure?.reason &&
    execution.failure?.message === failure?.message &&
    execution.responseDigest === response?.digest
  if (same) return false
  throw endedOtherwise(execution)
}

export const endedExecution = (execution: Execution, endedAt: Date, ending: Ending): Execution => ({
  ...execution,
  status: ending.status,
  endedAt,
  failure: ending.failure,
  responseBytes: ending.response?.bytes,
  responseDigest: ending.response?.digest,
})

export const isOpen = ({ status }: Execution): boolean => status === 'spawned' || status === 'running'

const endedOtherwise = ({ agentId, status, failure }: Execution) =>
  conflict(`Agent ${agentId} has already ${status}${failure ? ` (${failure.reason})` : ' otherwise'}`)

export const executionPosition = ({ spawnedAt, agentId }: Execution): Position => ({
  at: spawnedAt,
  id: agentId,
})

export interface ExecutionRequest {
  readonly runId: string | undefined
  readonly specId: string | undefined
  readonly stage: string | undefined
  readonly statuses: readonly ExecutionStatus[] | undefined
  readonly spawnedBefore: Date | undefined
  readonly page: PageRequest
}

export function executionQuery(query: ExecutionQuery = {}): ExecutionRequest {
  const { runId, specId, stage, status } = options(query, 'query')
  const filters = {
    runId: optionalName(runId, 'runId'),
    specId: optionalName(specId, 'specId'),
    stage: optionalName(stage, 'stage'),
    statuses: status === undefined ? undefined : [oneOf(status, EXECUTION_STATUSES, 'status')],
    spawnedBefore: undefined,
  }
  return { ...filters, page: pageRequest('executions', filters, query) }
}

export function failureQuery(query: FailureQuery = {}): ExecutionRequest {
  const filters = {
    runId: undefined,
    specId: optionalName(options(query, 'query').specId, 'specId'),
    stage: undefined,
    statuses: FAILURE_STATUSES,
    spawnedBefore: undefined,
  }
  return { ...filters, page: pageRequest('executions', filters, query) }
}

export function staleQuery(query: StaleQuery): ExecutionRequest {
  const filters = {
    runId: undefined,
    specId: undefined,
    stage: undefined,
    statuses: OPEN_STATUSES,
    spawnedBefore: instant(options(query, 'query').olderThan, 'olderThan'),
  }
  return { ...filters, page: pageRequest('executions', filters, query) }
}
