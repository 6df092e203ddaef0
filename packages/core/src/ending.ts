import { at, name, options, text } from './argument.ts'
import { type Body, type BodyRef, bodyRef, checkBodyRef, textBody } from './body.ts'
import { type Env, now } from './env.ts'
import type { Draft } from './event.ts'
import {
  checkOfExecution,
  type Execution,
  endedOtherwise,
  type Failure,
  isOpen,
  type OfExecution,
} from './execution.ts'

/** What an agent that completed gave. */
export interface Completion {
  /** The agent's answer, word for word. */
  readonly response: string
}

/** Why an agent failed, and what it answered nonetheless. */
export interface FailureReport extends Failure {
  /** What the agent did answer, when its answer is what failed. */
  readonly response?: string | undefined
}

/** What the event that completes an execution says. */
export interface ExecutionCompleted extends OfExecution {
  readonly response: BodyRef
}

/** What the event that fails an execution says. */
export interface ExecutionFailed extends OfExecution {
  readonly failure: Failure
  readonly response?: BodyRef
}

/** How an execution ends: what its row says from then on, the event that says it, and the answer if there is one. */
export interface Ending {
  readonly status: 'completed' | 'failed' | 'cancelled' | 'timed-out'
  readonly failure: Failure | undefined
  readonly response: BodyRef | undefined
}

/** An end that is about to be written, with its event and the answer. */
export interface EndingDraft extends Ending {
  readonly agentId: string
  readonly draft: Draft
  readonly body: Body | undefined
}

/** The end that `executions.complete` would write. INVALID names the argument; so for the other ends. */
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

/** The end that `executions.fail` would write. */
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

/** The end that `executions.cancel` would write. */
export const cancelExecution = (agentId: string, env: Env): EndingDraft =>
  endWithoutAnswer('execution.cancelled', agentId, env)

/** The end that `executions.timeOut` would write. */
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

/** The same facts, each checked. INVALID names the path. */
export const checkExecutionCompleted = (completed: ExecutionCompleted, path: string): ExecutionCompleted => ({
  ...checkOfExecution(completed, path),
  response: checkBodyRef(completed.response, at('response', path)),
})

/** The same facts, each checked. INVALID names the path. */
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

/** The end that an event tells of. */
export function endingOf({ type, data }: EndingEvent): Ending {
  switch (type) {
    case 'execution.completed':
      return { status: 'completed', failure: undefined, response: data.response }
    case 'execution.failed':
      return { status: 'failed', failure: failureIn(data), response: data.response }
    case 'execution.cancelled':
      return { status: 'cancelled', failure: undefined, response: undefined }
    case 'execution.timed-out':
      return { status: 'timed-out', failure: undefined, response: undefined }
  }
}

/** What a newer version said besides is no part of an execution. */
const failureIn = ({ failure: { reason, message } }: ExecutionFailed): Failure => ({ reason, message })

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

/** The row of an execution once it has ended. */
export const endedExecution = (execution: Execution, endedAt: Date, ending: Ending): Execution => ({
  ...execution,
  status: ending.status,
  endedAt,
  failure: ending.failure,
  responseBytes: ending.response?.bytes,
  responseDigest: ending.response?.digest,
})
