import { at, name, oneOf, options } from './argument.ts'
import { type Env, now } from './env.ts'
import { conflict } from './error.ts'
import type { Position } from './page.ts'
import type { Run } from './run.ts'

/** Every status of an execution. */
export const EXECUTION_STATUSES = [
  'spawned',
  'running',
  'completed',
  'failed',
  'cancelled',
  'timed-out',
] as const
/** How far an execution is. */
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number]

/** From these an execution may still end; the others are never left. */
export const OPEN_STATUSES = ['spawned', 'running'] as const satisfies readonly ExecutionStatus[]
/** What `failures` lists. */
export const FAILURE_STATUSES = ['failed', 'timed-out'] as const satisfies readonly ExecutionStatus[]

/** Every kind of handler an answer can go to. */
export const PHASE_TYPES = ['quality-gate', 'regular-stage'] as const
/** Which handler an answer goes to. */
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

/** Why an execution failed. */
export interface Failure {
  /** `extraction` when an answer came but nothing could be read from it, `error` for most else, or a word of your own. */
  readonly reason: string
  readonly message: string
}

/** What an agent is spawned with. The same facts under the same id are the same execution. */
export interface NewExecution {
  /** By default a new one. */
  readonly agentId?: string | undefined
  readonly runId: string
  readonly agentName: string
  readonly phaseType: PhaseType
  readonly modelVersion?: string | undefined
}

/** What the event that spawns an agent says. */
export interface ExecutionSpawned {
  readonly agentId: string
  readonly agentName: string
  readonly phaseType: PhaseType
  readonly modelVersion?: string
}

/** What an event says that concerns an agent and no more. */
export interface OfExecution {
  readonly agentId: string
}

/** What `executions.spawn` would write. INVALID, naming the argument, when one is not what it should be. */
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

/** The same facts, each checked. INVALID names the path. */
export const checkExecutionSpawned = (
  { agentId, agentName, phaseType, modelVersion }: ExecutionSpawned,
  path?: string,
): ExecutionSpawned => ({
  agentId: name(agentId, at('agentId', path)),
  agentName: name(agentName, at('agentName', path)),
  phaseType: oneOf(phaseType, PHASE_TYPES, at('phaseType', path)),
  ...(modelVersion !== undefined && { modelVersion: name(modelVersion, at('modelVersion', path)) }),
})

/** The row of an execution whose agent was just spawned. */
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

/** The agent, checked. INVALID names the path. */
export const checkOfExecution = ({ agentId }: OfExecution, path: string): OfExecution => ({
  agentId: name(agentId, at('agentId', path)),
})

/** False when the agent started already, ended since or not. CONFLICT when it ended without starting. */
export function startsExecutionAnew(execution: Execution): boolean {
  if (execution.startedAt) return false
  if (isOpen(execution)) return true
  throw endedOtherwise(execution)
}

/** The row of an execution once its agent has begun to work. */
export const startedExecution = (execution: Execution, startedAt: Date): Execution => ({
  ...execution,
  status: 'running',
  startedAt,
})

/** Whether an execution may still end. */
export const isOpen = ({ status }: Execution): boolean => status === 'spawned' || status === 'running'

/** CONFLICT for whoever would change an execution that has ended. */
export const endedOtherwise = ({ agentId, status, failure }: Execution) =>
  conflict(`Agent ${agentId} has already ${status}${failure ? ` (${failure.reason})` : ' otherwise'}`)

/** Where an execution stands in lists. */
export const executionPosition = ({ spawnedAt, agentId }: Execution): Position => ({
  at: spawnedAt,
  id: agentId,
})
