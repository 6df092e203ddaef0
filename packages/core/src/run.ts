import { at, flag, labels, name, names, oneOf, optionalName, options, texts } from './argument.ts'
import { type Env, now } from './env.ts'
import { conflict, invalid } from './error.ts'
import type { Execution } from './execution.ts'
import { whyItStays } from './leaving.ts'
import { type PageQuery, type PageRequest, type Position, pageRequest } from './page.ts'

/** Every status of a run; only `running` is ever left. */
export const RUN_STATUSES = ['running', 'concluded', 'abandoned'] as const
/** How far a run is. */
export type RunStatus = (typeof RUN_STATUSES)[number]

/** Every verdict a run or a synthesis can have. */
export const VERDICTS = ['unanimous', 'degraded', 'failed'] as const
/** What the agents came to together: all agreed, some were missing or disagreed, or nothing came of it. */
export type Verdict = (typeof VERDICTS)[number]

/** One attempt at one stage of one spec by a set of agents: `running`, then `concluded` or `abandoned` for good. */
export interface Run {
  readonly id: string
  readonly specId: string
  readonly stage: string
  readonly branch: string | undefined
  readonly status: RunStatus
  readonly expectedAgents: readonly string[]
  readonly missingAgents: readonly string[]
  readonly agreements: readonly string[]
  readonly conflicts: readonly string[]
  readonly verdict: Verdict | undefined
  readonly labels: Readonly<Record<string, string>>
  /** A pinned run is never archived or deleted. */
  readonly pinned: boolean
  readonly startedAt: Date
  readonly concludedAt: Date | undefined
  /** When it left for an archive. No event tells of it, so it is in no bundle. */
  readonly archivedAt: Date | undefined
  /** What verifying finds the log up to the conclusion by, as it was then: see `sealOf`. */
  readonly seal: string | undefined
  /** Sequence of the run's last event. */
  readonly lastSequence: number
}

/** What a run is started with. The same facts under the same id are the same run. */
export interface NewRun {
  /** By default a new one. */
  readonly id?: string | undefined
  readonly specId: string
  readonly stage: string
  readonly branch?: string | undefined
  readonly expectedAgents?: readonly string[] | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** What a run comes to when it is concluded; lists are empty by default. */
export interface Conclusion {
  readonly verdict: Verdict
  readonly missingAgents?: readonly string[] | undefined
  readonly agreements?: readonly string[] | undefined
  readonly conflicts?: readonly string[] | undefined
}

/** What went with a run that was deleted, for those who kept copies. */
export interface DeletedRun {
  readonly id: string
  /**
   * Every agent that was spawned in the run, in the order of code points; none of a run that was archived, whose routes went
   * when it was.
   */
  readonly agentIds: readonly string[]
}

/** One stage of one spec. */
export interface StageQuery {
  readonly specId: string
  readonly stage: string
}

/** Which runs to list: those for which all of this holds. */
export interface RunQuery extends PageQuery {
  readonly specId?: string | undefined
  readonly stage?: string | undefined
  readonly status?: RunStatus | undefined
  /** Only runs that are archived, or only those that are not. By default all. */
  readonly archived?: boolean | undefined
}

/** What the event that starts a run says. */
export interface RunStarted {
  readonly specId: string
  readonly stage: string
  readonly branch?: string
  readonly expectedAgents: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** The facts of a conclusion. */
export interface Concluded {
  readonly verdict: Verdict
  readonly missingAgents: readonly string[]
  readonly agreements: readonly string[]
  readonly conflicts: readonly string[]
}

/** What the event that concludes a run says. */
export interface RunConcluded extends Concluded {
  /** See `sealOf`. */
  readonly seal: string
}

/** The run that `runs.start` would write. INVALID, naming the argument, when one is not what it should be. */
export function startRun(input: NewRun, env: Env): Run {
  const { id, specId, stage, branch, expectedAgents = [], labels = {} } = options(input, 'run')
  const started = checkRunStarted({
    specId,
    stage,
    ...(branch !== undefined && { branch }),
    expectedAgents,
    labels,
  })
  return startedRun(id === undefined ? env.newId() : name(id, 'id'), now(env), started)
}

/** The same facts, each checked, and labels in the order of their keys. INVALID names the path. */
export const checkRunStarted = (
  { specId, stage, branch, expectedAgents, labels: given }: RunStarted,
  path?: string,
): RunStarted => ({
  specId: name(specId, at('specId', path)),
  stage: name(stage, at('stage', path)),
  ...(branch !== undefined && { branch: name(branch, at('branch', path)) }),
  expectedAgents: names(expectedAgents, at('expectedAgents', path)),
  labels: labels(given, at('labels', path)),
})

/** The facts a run was started with, as its first event says them. */
export const runStarted = ({ specId, stage, branch, expectedAgents, labels }: Run): RunStarted => ({
  specId,
  stage,
  ...(branch !== undefined && { branch }),
  expectedAgents,
  labels,
})

/** False when `stored` was started with the same facts already. CONFLICT when with others. */
export function startsAnew(stored: Run | undefined, run: Run): boolean {
  if (!stored) return true
  if (JSON.stringify(runStarted(stored)) === JSON.stringify(runStarted(run))) return false
  throw conflict(`Run ${run.id} was started with other facts`)
}

/** The row of a run that has just begun. */
export function startedRun(id: string, at: Date, started: RunStarted): Run {
  return {
    id,
    specId: started.specId,
    stage: started.stage,
    branch: started.branch,
    status: 'running',
    expectedAgents: started.expectedAgents,
    missingAgents: [],
    agreements: [],
    conflicts: [],
    verdict: undefined,
    labels: started.labels,
    pinned: false,
    startedAt: at,
    concludedAt: undefined,
    archivedAt: undefined,
    seal: undefined,
    lastSequence: 1,
  }
}

/** The facts of a conclusion, checked. INVALID names the argument. */
export function conclude(conclusion: Conclusion): Concluded {
  const { verdict, missingAgents = [], agreements = [], conflicts = [] } = options(conclusion, 'conclusion')
  return checkConcluded({ verdict, missingAgents, agreements, conflicts })
}

/** The same facts, each checked. INVALID names the path. */
export const checkRunConcluded = ({ seal, ...concluded }: RunConcluded, path?: string): RunConcluded => ({
  ...checkConcluded(concluded, path),
  seal: checkSeal(seal, at('seal', path)),
})

const checkConcluded = (
  { verdict, missingAgents, agreements, conflicts }: Concluded,
  path?: string,
): Concluded => ({
  verdict: oneOf(verdict, VERDICTS, at('verdict', path)),
  missingAgents: names(missingAgents, at('missingAgents', path)),
  agreements: texts(agreements, at('agreements', path)),
  conflicts: texts(conflicts, at('conflicts', path)),
})

function checkSeal(seal: string, argument: string): string {
  if (typeof seal !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(seal)) {
    throw invalid(argument, 'must be "sha256:" and a SHA-256 in hexadecimal')
  }
  return seal
}

/** False when the run was concluded with the same facts already. CONFLICT when it ended otherwise. */
export function concludesAnew(run: Run, concluded: Concluded): boolean {
  if (run.status === 'running') return true
  if (run.status === 'concluded' && JSON.stringify(runConcluded(run)) === JSON.stringify(concluded))
    return false
  throw ended(run)
}

/** The facts a concluded run was concluded with. */
export const runConcluded = ({ verdict, missingAgents, agreements, conflicts }: Run): Concluded => ({
  verdict: verdict!,
  missingAgents,
  agreements,
  conflicts,
})

/** The row of a run once it is concluded. */
export const concludedRun = (
  run: Run,
  concludedAt: Date,
  { verdict, missingAgents, agreements, conflicts, seal }: RunConcluded,
): Run => ({
  ...run,
  verdict,
  missingAgents,
  agreements,
  conflicts,
  seal,
  status: 'concluded',
  concludedAt,
})

/** False when the run is abandoned already. CONFLICT when it was concluded. */
export function abandonsAnew(run: Run): boolean {
  if (run.status === 'concluded') throw ended(run)
  return run.status === 'running'
}

/** False when the run is pinned already, or already not. CONFLICT when it is archived. */
export function pinsAnew(run: Run, pinned: boolean): boolean {
  if (run.pinned === pinned) return false
  if (run.archivedAt) throw archivedConflict(run)
  return true
}

/** CONFLICT unless the run still takes new executions, artifacts and syntheses. */
export function mustBeRunning(run: Run): void {
  if (run.status !== 'running') throw ended(run)
}

/** CONFLICT while the run is running, pinned, or has an execution that has not ended: `open` is the first by its agent's id. */
export function mustBeDeletable(run: Run, open: Execution | undefined): void {
  switch (whyItStays(run, open !== undefined)) {
    case 'running':
      throw ended(run)
    case 'in flight':
      throw conflict(`Run ${run.id} still waits for agent ${open!.agentId}, which is ${open!.status}`)
    case 'pinned':
      throw conflict(`Run ${run.id} is pinned`)
  }
}

/** CONFLICT: what an archived run cannot have happen to it. */
export const archivedConflict = ({ id }: Run) => conflict(`Run ${id} is archived: restore it first`)

const ended = (run: Run) =>
  conflict(`Run ${run.id} is ${run.status}${run.verdict ? ` as ${run.verdict}` : ''}`)

/** Where a run stands in lists. */
export const runPosition = ({ startedAt, id }: Run): Position => ({ at: startedAt, id })

/** A query for runs, checked. */
export interface RunRequest {
  readonly specId: string | undefined
  readonly stage: string | undefined
  readonly status: RunStatus | undefined
  readonly archived: boolean | undefined
  readonly page: PageRequest
}

/** Checks a query for runs. INVALID names the argument. */
export function runQuery(query: RunQuery = {}): RunRequest {
  const { specId, stage, status, archived } = options(query, 'query')
  const filters = {
    specId: optionalName(specId, 'specId'),
    stage: optionalName(stage, 'stage'),
    status: status === undefined ? undefined : oneOf(status, RUN_STATUSES, 'status'),
    archived: archived === undefined ? undefined : flag(archived, 'archived'),
  }
  return { ...filters, page: pageRequest('runs', filters, query) }
}

/** Checks a query for one stage. INVALID names the argument. */
export function stageQuery(query: StageQuery): StageQuery {
  const { specId, stage } = options(query, 'query')
  return { specId: name(specId, 'specId'), stage: name(stage, 'stage') }
}
