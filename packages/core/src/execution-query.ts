import { instant, oneOf, optionalName, options } from './argument.ts'
import { EXECUTION_STATUSES, type ExecutionStatus, FAILURE_STATUSES, OPEN_STATUSES } from './execution.ts'
import { type PageQuery, type PageRequest, pageRequest } from './page.ts'

/** Which executions to list: those for which all of this holds. */
export interface ExecutionQuery extends PageQuery {
  readonly runId?: string | undefined
  readonly specId?: string | undefined
  readonly stage?: string | undefined
  readonly status?: ExecutionStatus | undefined
}

/** Which failures to list: those of one spec, or all. */
export interface FailureQuery extends PageQuery {
  readonly specId?: string | undefined
}

/** Which executions are out for too long. */
export interface StaleQuery extends PageQuery {
  readonly olderThan: Date
}

/** A query for executions, checked. */
export interface ExecutionRequest {
  readonly runId: string | undefined
  readonly specId: string | undefined
  readonly stage: string | undefined
  readonly statuses: readonly ExecutionStatus[] | undefined
  readonly spawnedBefore: Date | undefined
  readonly page: PageRequest
}

/** Checks a query for executions. INVALID names the argument. */
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

/** Checks a query for failures. INVALID names the argument. */
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

/** Checks a query for what is stale. INVALID names the argument. */
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
