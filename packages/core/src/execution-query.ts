import { instant, oneOf, optionalName, options } from './argument.ts'
import { EXECUTION_STATUSES, type ExecutionStatus, FAILURE_STATUSES, OPEN_STATUSES } from './execution.ts'
import { type PageQuery, type PageRequest, pageRequest } from './page.ts'

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
