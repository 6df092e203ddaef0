import {
  type ArtifactFacts,
  type Body,
  type Cursor,
  compareText,
  type DeletedRun,
  type Draft,
  type Event,
  type Execution,
  extend,
  fold,
  type History,
  isOpen,
  type KeptArchive,
  type KeptChore,
  mustBeDeletable,
  notFound,
  type Run,
  type Snapshot,
  type SynthesisFacts,
  whyItStays,
} from '@consensus-store/core'

/** All a store holds. What rows say is never set: it is folded from the log, one event at a time. */
export interface State {
  readonly histories: Map<string, History>
  /** Which run an agent, an artifact or a synthesis belongs to. */
  readonly runOfAgent: Map<string, string>
  readonly runOfArtifact: Map<string, string>
  readonly runOfSynthesis: Map<string, string>
  /** The whole store's log; an event's position is its place in it, from 1, and stays empty when the event is deleted. */
  readonly log: (Event | undefined)[]
  readonly logs: Map<string, Event[]>
  /** The texts of each run, by digest. */
  readonly bodies: Map<string, Map<string, string>>
  readonly cursors: Map<string, Cursor>
  /** Of each run, by sequence. */
  readonly snapshots: Map<string, readonly Snapshot[]>
  readonly chores: Map<string, KeptChore>
  /** Runs that are nowhere else. */
  readonly archives: Map<string, ArchivedState>
}

export interface ArchivedState {
  readonly run: Run
  readonly archive: KeptArchive
}

export const emptyState = (): State => ({
  histories: new Map(),
  runOfAgent: new Map(),
  runOfArtifact: new Map(),
  runOfSynthesis: new Map(),
  log: [],
  logs: new Map(),
  bodies: new Map(),
  cursors: new Map(),
  snapshots: new Map(),
  chores: new Map(),
  archives: new Map(),
})

/** Shares the records, which never change, and copies what holds them. */
export const copyState = (state: State): State => ({
  // Histories grow in place.
  histories: new Map([...state.histories].map(([runId, history]) => [runId, fold(runId, [], history)])),
  runOfAgent: new Map(state.runOfAgent),
  runOfArtifact: new Map(state.runOfArtifact),
  runOfSynthesis: new Map(state.runOfSynthesis),
  log: [...state.log],
  logs: new Map([...state.logs].map(([runId, events]) => [runId, [...events]])),
  cursors: new Map(state.cursors),
  snapshots: new Map(state.snapshots),
  chores: new Map(state.chores),
  archives: new Map(state.archives),
  bodies: new Map([...state.bodies].map(([runId, texts]) => [runId, new Map(texts)])),
})

export function append(state: State, runId: string, { type, at, data }: Draft, ...bodies: Body[]): void {
  const before = state.histories.get(runId)
  const event = {
    runId,
    sequence: (before?.run.lastSequence ?? 0) + 1,
    position: state.log.length + 1,
    type,
    at,
    data,
  } as Event

  state.histories.set(runId, extend(runId, event, before))
  state.log.push(event)
  if (before) state.logs.get(runId)!.push(event)
  else state.logs.set(runId, [event])
  for (const body of bodies) keep(state, runId, body)

  own(state, event)
}

function own(state: State, { runId, type, data }: Event): void {
  if (type === 'execution.spawned') state.runOfAgent.set(data.agentId, runId)
  if (type === 'artifact.added') state.runOfArtifact.set(data.artifactId, runId)
  if (type === 'synthesis.added') state.runOfSynthesis.set(data.synthesisId, runId)
}

/** Folds the whole log of a run again, if it has one. */
export function refold(state: State, runId: string): void {
  const events = state.logs.get(runId)
  if (!events) return
  state.histories.set(runId, fold(runId, events))
  for (const event of events) own(state, event)
}

export function keep({ bodies }: State, runId: string, { digest, text }: Body): void {
  const texts = bodies.get(runId) ?? new Map<string, string>()
  bodies.set(runId, texts.set(digest, text))
}

export function remove(state: State, runId: string): DeletedRun | undefined {
  if (state.archives.delete(runId)) return { id: runId, agentIds: [] }
  const history = state.histories.get(runId)
  if (!history) return undefined
  mustBeDeletable(history.run, firstOpen(history))
  const agentIds = [...history.executions.keys()].sort(compareText)
  vacate(state, runId)
  return { id: runId, agentIds }
}

/** Whether a run is there, and nothing keeps it from leaving as it is now. */
export function mayLeave({ histories }: State, runId: string): boolean {
  const history = histories.get(runId)
  return history !== undefined && !whyItStays(history.run, firstOpen(history) !== undefined)
}

/** Of a run's last event, in the store's log; 0 when it has none. */
export const lastPosition = ({ logs }: State, runId: string): number => logs.get(runId)?.at(-1)?.position ?? 0

const firstOpen = ({ executions }: History) =>
  [...executions.values()].filter(isOpen).sort((a, b) => compareText(a.agentId, b.agentId))[0]

/** Takes out all that a run owns, and the run. */
export function vacate(state: State, runId: string): void {
  const { executions, artifacts, syntheses } = state.histories.get(runId)!
  for (const { position } of state.logs.get(runId)!) state.log[position - 1] = undefined
  for (const agentId of executions.keys()) state.runOfAgent.delete(agentId)
  for (const artifactId of artifacts.keys()) state.runOfArtifact.delete(artifactId)
  for (const synthesisId of syntheses.keys()) state.runOfSynthesis.delete(synthesisId)
  state.bodies.delete(runId)
  state.logs.delete(runId)
  state.snapshots.delete(runId)
  state.histories.delete(runId)
}

export const bodyIn = ({ bodies }: State, runId: string, digest: string): string =>
  bodies.get(runId)!.get(digest)!

export const runIn = ({ histories, archives }: State, id: string): Run | undefined =>
  (histories.get(id) ?? archives.get(id))?.run

export function knownRun(state: State, id: string): Run {
  const run = runIn(state, id)
  if (!run) throw notFound('run', id)
  return run
}

export const executionIn = (state: State, agentId: string): Execution | undefined =>
  owner(state, state.runOfAgent, agentId)?.executions.get(agentId)

export const artifactIn = (state: State, id: string): ArtifactFacts | undefined =>
  owner(state, state.runOfArtifact, id)?.artifacts.get(id)

export const synthesisIn = (state: State, id: string): SynthesisFacts | undefined =>
  owner(state, state.runOfSynthesis, id)?.syntheses.get(id)

const owner = ({ histories }: State, runs: ReadonlyMap<string, string>, id: string) =>
  histories.get(runs.get(id) ?? '')

/** Every row of a noun, over all runs. */
export const executionsIn = ({ histories }: State): Execution[] =>
  [...histories.values()].flatMap((history) => [...history.executions.values()])

export const artifactsIn = ({ histories }: State): ArtifactFacts[] =>
  [...histories.values()].flatMap((history) => [...history.artifacts.values()])

export const synthesesIn = ({ histories }: State): SynthesisFacts[] =>
  [...histories.values()].flatMap((history) => [...history.syntheses.values()])
