import { secondOf } from './instant.ts'
import type { Unit } from './unit.ts'

/** A run that no source tells of, from rows that name none. */
export interface InferredRun {
  readonly units: readonly Unit[]
  /** What the answers themselves say they were asked for, where that is what tells runs of one moment apart. */
  readonly round: string | undefined
}

/** The rule of `inferRuns` in a sentence for those who see its result. */
export const ruleOf = (silenceMs: number): string =>
  `Rows without a run id, per spec and stage in time order: an agent answers once per run, ${silenceMs / 60_000} minutes ` +
  'of silence start another, and so does the first answer after a synthesis. Where an agent answers several times within one ' +
  'second, its answers are told apart by the stage they name, or else dealt out in order.'

/**
 * Puts rows that name no run into plausible ones. They come by spec, stage and branch and then in time order; one
 * run at a time is held.
 */
export function* inferRuns(units: Iterable<Unit>, silenceMs: number): Generator<InferredRun> {
  let open: OpenRun | undefined
  for (const batch of batches(units)) {
    const first = batch[0]!
    if (open && (open.lineage !== lineageOf(first) || first.at - open.last > silenceMs)) {
      yield open
      open = undefined
    }
    if (first.kind === 'syntheses') {
      open ??= openRun([])
      take(open, batch)
      open.concluded = true
      continue
    }
    const rounds = deal(batch)
    const only = rounds.length === 1 ? rounds[0]! : undefined
    if (only && open && !open.concluded && only.units.every((unit) => isNewIn(open!, unit))) {
      take(open, only.units)
      continue
    }
    if (open) yield open
    for (const { units: dealt, round } of rounds.slice(0, -1)) yield openRun(dealt, round)
    const last = rounds.at(-1)!
    open = openRun(last.units, last.round)
  }
  if (open) yield open
}

interface OpenRun {
  readonly units: Unit[]
  readonly round: string | undefined
  readonly answered: Set<string>
  readonly spawned: Set<string>
  lineage: string
  last: number
  concluded: boolean
}

function openRun(units: readonly Unit[], round?: string): OpenRun {
  const run = {
    units: [],
    round,
    answered: new Set<string>(),
    spawned: new Set<string>(),
    lineage: '',
    last: Number.NEGATIVE_INFINITY,
    concluded: false,
  }
  take(run, units)
  return run
}

function take(run: OpenRun, units: readonly Unit[]): void {
  for (const unit of units) {
    run.units.push(unit)
    run.lineage = lineageOf(unit)
    run.last = Math.max(
      run.last,
      unit.at,
      unit.kind === 'executions' ? (unit.ending?.at ?? unit.at) : unit.at,
    )
    if (unit.kind === 'artifacts') run.answered.add(unit.agentName)
    if (unit.kind === 'executions') run.spawned.add(unit.agentName)
  }
}

const lineageOf = ({ specId, stage, branch }: Unit) => JSON.stringify([specId, stage, branch])

/** An agent is spawned before it answers, and does each once. */
const isNewIn = (run: OpenRun, unit: Unit) =>
  unit.kind === 'syntheses' ||
  (!run.answered.has(unit.agentName) && (unit.kind === 'artifacts' || !run.spawned.has(unit.agentName)))

/** More of one second than any real batch holds are dealt in parts, so that memory stays flat. */
const MAX_BATCH = 1_000

/** Rows of one kind and one second. */
function* batches(units: Iterable<Unit>): Generator<readonly Unit[]> {
  let batch: Unit[] = []
  for (const unit of units) {
    const [first] = batch
    if (first && (!isOfBatch(first, unit) || batch.length === MAX_BATCH)) {
      yield batch
      batch = []
    }
    batch.push(unit)
  }
  if (batch.length > 0) yield batch
}

const isOfBatch = (first: Unit, unit: Unit) =>
  first.kind === unit.kind && secondOf(first.at) === secondOf(unit.at) && lineageOf(first) === lineageOf(unit)

interface Round {
  readonly round: string | undefined
  readonly units: Unit[]
  readonly agents: Set<string>
}

/**
 * Deals a batch in which an agent occurs more than once into rounds in which each occurs once. Rows that name what
 * they were asked for lay the rounds out; those that do not fill the gaps, the stage's own round first. The round
 * that a synthesis of the stage would be made of comes last.
 */
function deal(batch: readonly Unit[]): readonly Round[] {
  if (new Set(batch.map(agentOf)).size === batch.length) return [roundOf(undefined, batch)]
  const own = ({ round }: Round) => (round === batch[0]!.stage ? 1 : 0)
  const rounds: Round[] = []
  for (const unit of batch.filter((unit) => nameOf(unit) !== undefined)) {
    place(rounds, unit, ({ round }) => round === nameOf(unit))
  }
  rounds.sort((a, b) => own(b) - own(a))
  for (const unit of batch.filter((unit) => nameOf(unit) === undefined)) place(rounds, unit, () => true)
  return rounds.sort((a, b) => own(a) - own(b) || a.units.length - b.units.length)
}

function place(rounds: Round[], unit: Unit, fits: (round: Round) => boolean): void {
  const agent = agentOf(unit)
  const free = rounds.find((round) => fits(round) && !round.agents.has(agent))
  if (!free) {
    rounds.push(roundOf(nameOf(unit), [unit]))
    return
  }
  free.units.push(unit)
  free.agents.add(agent)
}

const roundOf = (round: string | undefined, units: readonly Unit[]): Round => ({
  round,
  units: [...units],
  agents: new Set(units.map(agentOf)),
})

const agentOf = (unit: Unit) => (unit.kind === 'syntheses' ? '' : unit.agentName)

const nameOf = (unit: Unit) => {
  if (unit.kind === 'executions') return unit.phaseType
  return unit.kind === 'artifacts' ? unit.round : undefined
}
