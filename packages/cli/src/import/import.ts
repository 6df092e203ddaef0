import { setImmediate } from 'node:timers/promises'
import { MAX_NAME_LENGTH } from '@consensus-store/core'
import { compose, type IdentifiedUnit } from './compose.ts'
import { type Destination, SOURCE_RUN_ID } from './destination.ts'
import { distinction, runKey } from './identity.ts'
import { inferRuns } from './inferred-runs.ts'
import { refusal } from './refusal.ts'
import { settle } from './settle.ts'
import { type SortedUnits, sortedUnits } from './sorted-units.ts'
import type { Tally } from './tally.ts'
import { isRefused, type RowSource, type Unit } from './unit.ts'

export interface ImportOptions {
  /** How long nothing must happen for the next row to be of another run. */
  readonly silenceMs: number
  readonly signal: AbortSignal
  /** Called when so many more rows were read or settled. */
  step(count: number): void
  /** Called for each run that was inferred, in the order of its spec, stage and time. */
  inferred(run: InferredSummary): void
}

/** What became of rows that named no run. */
export interface InferredSummary {
  /** The run they are stored in; `undefined` when all of them were there already, or refused. */
  readonly runId: string | undefined
  readonly specId: string
  readonly stage: string
  readonly round: string | undefined
  readonly agents: readonly string[]
  readonly rows: number
  readonly from: Date
  readonly to: Date
}

/**
 * Brings the rows of a source into runs and the runs to a destination, each run whole. The destination is opened when
 * the source is read to its end. Stopping in between, by `signal` or for good, leaves whole runs only, and importing
 * again goes on from there.
 */
export async function importRows(
  source: RowSource,
  open: () => Promise<Destination>,
  tally: Tally,
  options: ImportOptions,
): Promise<void> {
  using sorted = sortedUnits()
  await readAll(source, sorted, tally, options)
  sorted.sort(options.silenceMs)
  using destination = await open()

  const importedFrom = source.name
  for (const { sourceRunId, units } of sorted.told()) {
    const labels = sourceRunId === undefined ? {} : { [SOURCE_RUN_ID]: sourceRunId }
    await storeRun(destination, tally, { units, sourceRunId, importedFrom, labels }, options)
  }
  for (const { units, round } of inferRuns(fresh(sorted, tally), options.silenceMs)) {
    tally.inferred()
    const labels = { inferred: 'true', ...(round !== undefined && { round }) }
    const run = { units, sourceRunId: undefined, importedFrom, labels }
    const runId = await storeRun(destination, tally, run, options)
    options.inferred(summaryOf(units, round, runId))
  }
}

/** Rows between two looks at whether to go on: reading is synchronous, and a signal needs its turn. */
const BREATH = 200

async function readAll(
  source: RowSource,
  sorted: SortedUnits,
  tally: Tally,
  { signal, step }: ImportOptions,
): Promise<void> {
  let sinceBreath = 0
  for await (const found of source.read()) {
    tally.read(found.kind)
    if (isRefused(found)) tally.refuse(found)
    else sorted.add(found)
    sinceBreath += 1
    if (sinceBreath < BREATH) continue
    step(sinceBreath)
    sinceBreath = 0
    await setImmediate()
    signal.throwIfAborted()
  }
  step(sinceBreath)
}

/** A row that says what another said before it makes no run and ends none. */
function* fresh(sorted: SortedUnits, tally: Tally): Generator<Unit> {
  for (const { unit, repeated } of sorted.loose()) {
    if (repeated) tally.present(unit.kind)
    else yield unit
  }
}

interface RunOfUnits {
  readonly units: readonly Unit[]
  readonly sourceRunId: string | undefined
  readonly importedFrom: string
  readonly labels: Readonly<Record<string, string>>
}

/** Stores what is new of a run. Gives the id it is stored under, if anything was. */
async function storeRun(
  destination: Destination,
  tally: Tally,
  { units, sourceRunId, importedFrom, labels }: RunOfUnits,
  { signal, step }: ImportOptions,
): Promise<string | undefined> {
  await setImmediate()
  signal.throwIfAborted()
  const settled = await settle(destination, units)
  const isNew: IdentifiedUnit[] = []
  for (const [i, settlement] of settled.entries()) {
    const { kind, place } = units[i]!
    if ('fresh' in settlement) isNew.push(settlement.fresh)
    else if ('present' in settlement) tally.present(kind)
    else tally.refuse({ kind, place, reason: settlement.contradiction })
  }
  step(units.length)
  if (isNew.length === 0) {
    if (settled.some((settlement) => 'present' in settlement)) tally.run('present')
    return undefined
  }

  try {
    const id = await freeRunId(destination, sourceRunId, isNew)
    const told = Object.assign({}, ...units.map((unit) => unit.labels))
    await destination.record(
      await compose({ id, labels: { importedFrom, ...told, ...labels }, units: isNew }),
    )
    for (const { unit } of isNew) tally.stored(unit.kind)
    tally.run('stored')
    return id
  } catch (error) {
    for (const { unit } of isNew) tally.refuse(refusal(unit.kind, unit.place, error))
    return undefined
  }
}

/** A source's run may have several stages, ours has one. What comes later of a run that is stored forms another. */
async function freeRunId(
  destination: Destination,
  sourceRunId: string | undefined,
  units: readonly IdentifiedUnit[],
): Promise<string> {
  const ids = units.map(({ id }) => id)
  if (sourceRunId === undefined) return runKey(ids)
  const id = `${sourceRunId}:${units[0]!.unit.stage}`
  const candidates = [id, `${id}:${distinction(ids)}`].filter(({ length }) => length <= MAX_NAME_LENGTH)
  for (const candidate of candidates) if (!(await destination.hasRun(candidate))) return candidate
  return runKey(ids)
}

function summaryOf(
  units: readonly Unit[],
  round: string | undefined,
  runId: string | undefined,
): InferredSummary {
  const times = units.map(({ at }) => at)
  const agents = units.flatMap((unit) => (unit.kind === 'syntheses' ? [] : [unit.agentName]))
  return {
    runId,
    specId: units[0]!.specId,
    stage: units[0]!.stage,
    round,
    agents: [...new Set(agents)],
    rows: units.length,
    from: new Date(Math.min(...times)),
    to: new Date(Math.max(...times)),
  }
}
