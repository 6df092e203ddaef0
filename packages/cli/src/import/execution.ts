import { failExecution, name, optionalName, spawnExecution, textBody } from '@consensus-store/core'
import { phaseTypeOf, stageName } from './naming.ts'
import type { ExecutionUnit, Place, TurnEnding } from './unit.ts'
import { unplaced } from './unplaced.ts'

/** An agent's turn as a source tells it, nothing of it checked. */
export interface RawExecution {
  readonly place: Place
  readonly agentId: unknown
  readonly specId: unknown
  readonly stage: unknown
  readonly branch?: unknown
  readonly agentName: unknown
  readonly phaseType: unknown
  readonly sourceRunId?: unknown
  readonly spawnedAt: number
  readonly completedAt: number | undefined
  readonly response: string | undefined
  readonly extractionError: string | undefined
}

/** INVALID, naming the column, when a store would not keep it. */
export function executionUnit(raw: RawExecution): ExecutionUnit {
  const { spawned } = spawnExecution(
    {
      runId: 'r',
      agentId: name(raw.agentId, 'agent_id'),
      agentName: name(raw.agentName, 'agent_name'),
      phaseType: phaseTypeOf(raw.phaseType),
    },
    unplaced,
  )
  return {
    kind: 'executions',
    key: spawned.agentId,
    place: raw.place,
    specId: name(raw.specId, 'spec_id'),
    stage: stageName(name(raw.stage, 'stage')),
    branch: optionalName(raw.branch || undefined, 'branch_id'),
    sourceRunId: optionalName(raw.sourceRunId || undefined, 'run_id'),
    at: raw.spawnedAt,
    agentName: spawned.agentName,
    phaseType: spawned.phaseType,
    ending: endingOf(spawned.agentId, raw),
  }
}

/** Nothing that says it ended means that it never did. */
function endingOf(agentId: string, raw: RawExecution): TurnEnding | undefined {
  const { spawnedAt, completedAt, response, extractionError } = raw
  const at = completedAt ?? spawnedAt
  if (extractionError !== undefined) {
    const failure = { reason: 'extraction', message: extractionError }
    failExecution(agentId, { ...failure, response }, unplaced)
    return { at, failure, response }
  }
  if (completedAt === undefined && response === undefined) return undefined
  return { at, response: textBody(response ?? '', 'response_text').text }
}
