import { type ArtifactFacts, addedArtifact } from './artifact.ts'
import { endedExecution, endingOf } from './ending.ts'
import { StoreError } from './error.ts'
import type { LogEntry } from './event.ts'
import { type Execution, isOpen, spawnedExecution, startedExecution } from './execution.ts'
import { concludedRun, type Run, startedRun } from './run.ts'
import { addedSynthesis, type SynthesisFacts } from './synthesis.ts'

/** One run as its log tells it, up to some event. Bodies are known by digest. */
export interface History {
  readonly run: Run
  readonly executions: ReadonlyMap<string, Execution>
  readonly artifacts: ReadonlyMap<string, ArtifactFacts>
  readonly syntheses: ReadonlyMap<string, SynthesisFacts>
}

/** A history while it is folded. How far it is, the run is told at the end: most events change nothing else of it. */
interface GrowingHistory {
  run: Run | undefined
  sequence: number
  readonly executions: Map<string, Execution>
  readonly artifacts: Map<string, ArtifactFacts>
  readonly syntheses: Map<string, SynthesisFacts>
}

/**
 * What a run was after `entries`, oldest first, which continue `from` or its beginning. The rows of a store are
 * projections: they say exactly this. CORRUPT when the log cannot be one: a gap, or a change to what is not there.
 */
export function fold(runId: string, entries: Iterable<LogEntry>, from?: History): History {
  const history: GrowingHistory = {
    run: from?.run,
    sequence: from?.run.lastSequence ?? 0,
    executions: new Map(from?.executions),
    artifacts: new Map(from?.artifacts),
    syntheses: new Map(from?.syntheses),
  }
  for (const entry of entries) take(runId, history, entry)
  return grown(runId, history)
}

/**
 * As `fold` of one more entry, at a price that does not grow with the history: its maps go on in what is given, so it is used
 * up. `undefined` begins a new one.
 */
export function extend(runId: string, entry: LogEntry, from: History | undefined): History {
  if (!from) return fold(runId, [entry])
  const history = { ...from, sequence: from.run.lastSequence } as GrowingHistory
  take(runId, history, entry)
  return grown(runId, history)
}

function grown(runId: string, { sequence, run, ...rows }: GrowingHistory): History {
  if (!run) throw broken(runId, 'it is empty')
  return { run: { ...run, lastSequence: sequence }, ...rows }
}

/** An event whose data are not what its type asks for would come out as an error of no kind. */
function take(runId: string, history: GrowingHistory, entry: LogEntry): void {
  try {
    history.run = step(runId, history, entry)
    history.sequence = entry.sequence
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw broken(runId, `event ${entry.sequence} is no ${entry.type}: ${(error as Error).message}`)
  }
}

function step(runId: string, history: GrowingHistory, entry: LogEntry): Run {
  const expected = history.sequence + 1
  if (entry.sequence !== expected) {
    throw broken(runId, `event ${expected} is missing: ${entry.sequence} comes in its place`)
  }
  if (entry.type === 'run.started') {
    if (history.run) throw broken(runId, `it begins again at event ${entry.sequence}`)
    return startedRun(runId, entry.at, entry.data)
  }
  if (!history.run) throw broken(runId, `it begins with ${entry.type}`)
  return change(history.run, history, entry)
}

function change(run: Run, history: GrowingHistory, entry: Exclude<LogEntry, { type: 'run.started' }>): Run {
  const { executions, artifacts, syntheses } = history
  const { at } = entry
  switch (entry.type) {
    case 'run.concluded':
      mustRun(run, entry)
      return concludedRun(run, at, entry.data)
    case 'run.abandoned':
      mustRun(run, entry)
      return { ...run, status: 'abandoned' }
    case 'run.pinned':
      return { ...run, pinned: true }
    case 'run.unpinned':
      return { ...run, pinned: false }
    case 'execution.spawned':
      mustRun(run, entry)
      addOnce(run, executions, entry.data.agentId, spawnedExecution(run, at, entry.data))
      return run
    case 'execution.started':
      executions.set(entry.data.agentId, startedExecution(open(run, history, entry.data.agentId), at))
      return run
    case 'execution.completed':
    case 'execution.failed':
    case 'execution.cancelled':
    case 'execution.timed-out':
      executions.set(
        entry.data.agentId,
        endedExecution(open(run, history, entry.data.agentId), at, endingOf(entry)),
      )
      return run
    case 'artifact.added':
      mustRun(run, entry)
      addOnce(run, artifacts, entry.data.artifactId, addedArtifact(run, at, entry.data))
      return run
    case 'synthesis.added':
      mustRun(run, entry)
      addOnce(run, syntheses, entry.data.synthesisId, addedSynthesis(run, at, entry.data))
      return run
    default:
      throw broken(run.id, unknownType(entry as LogEntry))
  }
}

function mustRun(run: Run, { type, sequence }: LogEntry): void {
  if (run.status !== 'running') throw broken(run.id, `${type} at ${sequence}, when it was ${run.status}`)
}

function open(run: Run, { executions }: GrowingHistory, agentId: string): Execution {
  const execution = executions.get(agentId)
  if (!execution) throw broken(run.id, `agent ${agentId} changes before it is spawned`)
  if (!isOpen(execution)) throw broken(run.id, `agent ${agentId} changes after it ${execution.status}`)
  return execution
}

function addOnce<T>(run: Run, rows: Map<string, T>, id: string, row: T): void {
  if (rows.has(id)) throw broken(run.id, `${id} is added twice`)
  rows.set(id, row)
}

const unknownType = ({ sequence, type }: LogEntry) => `event ${sequence} has the unknown type ${type}`

const broken = (runId: string, problem: string) =>
  new StoreError('CORRUPT', `The log of run ${runId} does not hold together: ${problem}`)
