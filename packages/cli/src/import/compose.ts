import { type Bundle, type ConsensusStore, decodeJson, isOpen, MAX_LIST_LENGTH } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import type { ArtifactUnit, ExecutionUnit, SynthesisUnit, Unit } from './unit.ts'

/** A unit and the id it is stored under. */
export interface IdentifiedUnit<U extends Unit = Unit> {
  readonly id: string
  readonly unit: U
}

export interface NewRunOfUnits {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly units: readonly IdentifiedUnit[]
}

/**
 * The run that rows tell of, as if a store had watched it: they are played in time order into a store whose clock
 * follows them. A run with a synthesis is concluded; one without is abandoned, unless an agent is still out.
 */
export async function compose(run: NewRunOfUnits): Promise<Bundle> {
  let now = new Date(0)
  await using store = memoryStore({ env: { now: () => now, newId: () => run.id } })
  const steps = stepsOf(run)
  now = new Date(Math.min(...steps.map(({ at }) => at)))
  await store.runs.start({
    id: run.id,
    specId: run.units[0]!.unit.specId,
    stage: run.units[0]!.unit.stage,
    branch: run.units.find(({ unit }) => unit.branch !== undefined)?.unit.branch,
    expectedAgents: expectedAgents(run.units),
    labels: run.labels,
  })
  for (const { at, play } of steps) {
    now = new Date(at)
    await play(store)
  }
  return (await store.runs.bundle(run.id))!
}

interface Step {
  readonly at: number
  /** Steps of one moment are played in this order. */
  readonly rank: number
  play(store: ConsensusStore): Promise<unknown>
}

function stepsOf({ id: runId, units }: NewRunOfUnits): readonly Step[] {
  const artifacts = units.filter(isOf('artifacts'))
  const executions = units.filter(isOf('executions'))
  const answers = artifacts.map(({ unit }) => unit.at)
  const syntheses = units
    .filter(isOf('syntheses'))
    .map(({ id, unit }) => ({ id, unit, at: synthesizedAt(unit, answers) }))
    .sort((a, b) => a.at - b.at)

  const steps: Step[] = [
    ...executions.map((each) => spawn(runId, each)),
    ...artifacts.map((each) => add(runId, each)),
    ...syntheses.map(({ at, ...each }) => synthesize(runId, at, each)),
  ]
  const last = Math.max(...steps.map(({ at }) => at))
  const ends = executions.flatMap(end)
  const newest = syntheses.at(-1)?.unit
  if (newest) steps.push(conclude(runId, last, newest))
  else steps.push(abandon(runId, Math.max(last, ...ends.map(({ at }) => at))))
  return [...steps, ...ends].sort((a, b) => a.at - b.at || a.rank - b.rank)
}

const isOf =
  <K extends Unit['kind']>(kind: K) =>
  (each: IdentifiedUnit): each is IdentifiedUnit<Extract<Unit, { kind: K }>> =>
    each.unit.kind === kind

const spawn = (runId: string, { id, unit }: IdentifiedUnit<ExecutionUnit>): Step => ({
  at: unit.at,
  rank: 0,
  play: ({ executions }) =>
    executions.spawn({ runId, agentId: id, agentName: unit.agentName, phaseType: unit.phaseType }),
})

const add = (runId: string, { id, unit }: IdentifiedUnit<ArtifactUnit>): Step => ({
  at: unit.at,
  rank: 1,
  play: ({ artifacts }) =>
    artifacts.add({
      id,
      runId,
      agentName: unit.agentName,
      modelVersion: unit.modelVersion,
      content: decodeJson(unit.content),
      metadata: decodeJson(unit.metadata),
    }),
})

/** Where clocks disagree, an agent's end still comes after its beginning. */
const end = ({ id, unit: { at, ending } }: IdentifiedUnit<ExecutionUnit>): readonly Step[] => {
  if (!ending) return []
  const { response, failure } = ending
  const play = ({ executions }: ConsensusStore) =>
    failure
      ? executions.fail(id, { ...failure, response })
      : executions.complete(id, { response: response ?? '' })
  return [{ at: Math.max(at, ending.at), rank: 2, play }]
}

const synthesize = (runId: string, at: number, { id, unit }: IdentifiedUnit<SynthesisUnit>): Step => ({
  at,
  rank: 3,
  play: ({ syntheses }) =>
    syntheses.add({
      id,
      runId,
      verdict: unit.verdict,
      markdown: unit.markdown,
      agreements: unit.agreements,
      conflicts: unit.conflicts,
      outputPath: unit.outputPath,
      metadata: decodeJson(unit.metadata),
    }),
})

const conclude = (id: string, at: number, newest: SynthesisUnit): Step => ({
  at,
  rank: 4,
  play: ({ runs }) => runs.conclude(id, newest),
})

const abandon = (id: string, at: number): Step => ({
  at,
  rank: 4,
  async play({ runs, executions }) {
    const { items } = await executions.list({ runId: id, limit: 1, status: 'spawned' })
    if (!items.some(isOpen)) await runs.abandon(id)
  },
})

/**
 * A synthesis comes after the answers of its minute. One that claims to be older than all of them is from another
 * attempt: then the time in its row is believed, if that is any better.
 */
function synthesizedAt({ at, until, rowAt }: SynthesisUnit, answers: readonly number[]): number {
  if (answers.length === 0) return at
  const first = Math.min(...answers)
  const last = Math.max(...answers)
  if (until < first) return rowAt !== undefined && rowAt > first ? rowAt : last
  return last <= until ? Math.max(at, last) : Math.max(at, first)
}

/** The agents that took part and those that the source says did not. */
function expectedAgents(units: readonly IdentifiedUnit[]): readonly string[] {
  const agents = new Set(
    units.flatMap(({ unit }) => (unit.kind === 'syntheses' ? unit.missingAgents : [unit.agentName])),
  )
  return agents.size > MAX_LIST_LENGTH ? [] : [...agents].sort()
}
