import type { KeptArchive } from './archive.ts'
import type { ArtifactFacts } from './artifact.ts'
import { digest } from './body.ts'
import type { RowDifference } from './difference.ts'
import { examine, isBeside, type PlacedBody } from './examine.ts'
import { examineArchive, isArchived } from './examine-archive.ts'
import type { Execution } from './execution.ts'
import type { History } from './history.ts'
import type { Inspection, KeptRun } from './inspection.ts'
import { type MovedBody, movedBodies } from './moved-bodies.ts'
import type { Run } from './run.ts'
import type { SynthesisFacts } from './synthesis.ts'
import { isNothing, measured, rowsByBody } from './verify.ts'

/** What is to be written so that the rows of a run say what its log tells. */
export interface Restoration {
  readonly run: Run | undefined
  readonly executions: readonly RestoredRow<Execution>[]
  readonly artifacts: readonly RestoredOwner<ArtifactFacts>[]
  readonly syntheses: readonly RestoredOwner<SynthesisFacts>[]
  readonly bodies: readonly MovedBody[]
  /** To be removed. */
  readonly untold: Untold
}

/** A row to be written as the log tells it. */
export interface RestoredRow<Row> {
  readonly row: Row
  /** Where the row is to look for its body. */
  readonly bodyAt: number | undefined
}

/** The row of an artifact or a synthesis to be written as the log tells it. */
export interface RestoredOwner<Row> extends RestoredRow<Row> {
  readonly bodyAt: number
  /** `undefined` leaves what there is; where there is nothing, they are lost. */
  readonly metadata: string | undefined
}

/** What no event tells of. */
export interface Untold {
  /** The row of a run without a log. */
  readonly run: boolean
  readonly executions: readonly string[]
  readonly artifacts: readonly string[]
  readonly syntheses: readonly string[]
  /** By position. */
  readonly bodies: readonly number[]
  /** By sequence. */
  readonly snapshots: readonly number[]
}

interface RestorationOptions {
  readonly untold: 'keep' | 'remove'
  /** What verifying found; of bodies, which do not change, it is not looked for again. */
  readonly before: readonly RowDifference[]
}

/** What a run needs, if anything can be done for it. */
export async function restorationOf(
  inspection: Inspection,
  runId: string,
  { untold, before }: RestorationOptions,
): Promise<Restoration | undefined> {
  const kept = await inspection.kept(runId)
  if (isNothing(kept)) return undefined
  if (isArchived(kept)) return restorationOfArchived(kept, await inspection.archive(runId), untold)
  const { history, understood, differences, bodies } = examine(runId, kept)
  const remove = {
    ...(untold === 'remove' ? untoldIn(kept, differences) : nothingUntold),
    snapshots: wrongSnapshots(kept, before, untold),
  }
  if (kept.events.length === 0) return unlessNothing({ ...nothing, untold: remove })
  // What this version does not understand may be what the rows say.
  if (!history || !understood) return undefined
  if (untold === 'keep' && isDoubtful(kept, history, differences)) return undefined

  const wrong = wrongRows(differences)
  const altered = new Set(before.filter(({ member }) => member === 'metadata').map(({ subject }) => subject))
  const rowOf = rowsByBody(kept)
  const bodiesOf = bodiesByRow(bodies)
  const place = placing(inspection, kept)
  const search = metadataSearch(inspection, kept)

  async function execution(row: Execution): Promise<RestoredRow<Execution>[]> {
    const subject = `execution ${row.agentId}`
    if (!wrong.has(subject)) return []
    const { beside } = bodiesOf('execution', row.agentId)
    const bodyAt = beside && (await place(beside))
    const placed = bodyAt === rowOf({ noun: 'execution', id: row.agentId })?.bodyAt
    return wrong.get(subject) === 'place' && placed ? [] : [{ row, bodyAt }]
  }

  const owner =
    (noun: 'artifact' | 'synthesis') =>
    async <Row extends { readonly id: string }>(row: Row): Promise<RestoredOwner<Row>[]> => {
      const subject = `${noun} ${row.id}`
      if (!wrong.has(subject) && !altered.has(subject)) return []
      const { beside, metadata } = bodiesOf(noun, row.id)
      const bodyAt = await place(beside!)
      const found = await search(metadata!)
      const placed = bodyAt === rowOf({ noun, id: row.id })?.bodyAt
      const asItIs = wrong.get(subject) !== 'row' && placed && found === undefined
      return asItIs ? [] : [{ row, bodyAt, metadata: found }]
    }

  return unlessNothing({
    run: wrong.has('run') ? history.run : undefined,
    executions: await inTurn(history.executions.values(), execution),
    artifacts: await inTurn(history.artifacts.values(), owner('artifact')),
    syntheses: await inTurn(history.syntheses.values(), owner('synthesis')),
    bodies: isDisordered(differences) ? [] : await movedBodies(inspection, kept, bodies, { untold, before }),
    untold: remove,
  })
}

/** Of an archived run there is only its row. A damaged archive tells nothing that could be believed. */
async function restorationOfArchived(
  kept: KeptRun,
  archive: KeptArchive | undefined,
  untold: 'keep' | 'remove',
): Promise<Restoration | undefined> {
  const { bundle, differences } = await examineArchive(kept, archive)
  if (!bundle || !archive) return undefined
  const differs = differences.some(({ subject }) => subject === 'run')
  return unlessNothing({
    ...nothing,
    run: differs ? { ...bundle.run, archivedAt: archive.archivedAt } : undefined,
    untold: {
      ...(untold === 'remove' ? untoldIn(kept, differences) : nothingUntold),
      snapshots: kept.snapshots.map(({ sequence }) => sequence),
    },
  })
}

/** Rows to be written, by whether that is for the place of their body alone. */
function wrongRows(differences: readonly RowDifference[]): ReadonlyMap<string, 'row' | 'place'> {
  const wrong = new Map<string, 'row' | 'place'>()
  for (const { subject, what, member } of differences) {
    if (what === 'untold') continue
    wrong.set(subject, member === 'position' && wrong.get(subject) !== 'row' ? 'place' : 'row')
  }
  return wrong
}

/** Positions that were swapped in the log are not made worse by following them. */
const isDisordered = (differences: readonly RowDifference[]): boolean =>
  differences.some(({ what }) => what === 'disordered')

/** Whether rows may tell more than their log: that is not what was sealed, or has lost its end. */
const isDoubtful = (kept: KeptRun, history: History, differences: readonly RowDifference[]): boolean =>
  differences.some(({ subject, member }) => subject === 'log' && member === 'seal') ||
  mayHaveLostItsEnd(kept, history, differences)

/** A row that counts more events than there are, in a run whose rows also say what no event tells. */
function mayHaveLostItsEnd(
  { run }: KeptRun,
  history: History,
  differences: readonly RowDifference[],
): boolean {
  if (!run?.row || run.row.lastSequence <= history.run.lastSequence) return false
  return differences.some(
    ({ subject, what, member }) =>
      (what === 'untold' && !subject.startsWith('body ')) ||
      (what === 'differs' && !(subject === 'run' && member === 'lastSequence')),
  )
}

const nothingUntold: Untold = {
  run: false,
  executions: [],
  artifacts: [],
  syntheses: [],
  bodies: [],
  snapshots: [],
}

const nothing = { run: undefined, executions: [], artifacts: [], syntheses: [], bodies: [] }

/** What the log does not come to is folded from it again, so that nothing is lost with it. */
function wrongSnapshots(
  { snapshots }: KeptRun,
  before: readonly RowDifference[],
  untold: 'keep' | 'remove',
): readonly number[] {
  const wrong = before.filter(({ what }) => what === 'differs' || untold === 'remove')
  const subjects = new Set(wrong.map(({ subject }) => subject))
  return snapshots.map(({ sequence }) => sequence).filter((sequence) => subjects.has(`snapshot ${sequence}`))
}

function untoldIn(kept: KeptRun, differences: readonly RowDifference[]): Omit<Untold, 'snapshots'> {
  const subjects = new Set(differences.filter(({ what }) => what === 'untold').map(({ subject }) => subject))
  const ids = (noun: string, rows: readonly { readonly id: string }[]) =>
    rows.map(({ id }) => id).filter((id) => subjects.has(`${noun} ${id}`))
  return {
    run: subjects.has('run'),
    executions: ids('execution', kept.executions),
    artifacts: ids('artifact', kept.artifacts),
    syntheses: ids('synthesis', kept.syntheses),
    bodies: kept.bodies.filter((position) => subjects.has(`body ${position}`)),
  }
}

function unlessNothing(restoration: Restoration): Restoration | undefined {
  const { run, executions, artifacts, syntheses, bodies, untold } = restoration
  const lists = [executions, artifacts, syntheses, bodies, ...Object.values(untold).filter(Array.isArray)]
  return run || untold.run || lists.some(({ length }) => length > 0) ? restoration : undefined
}

/** Told bodies by the row they belong to. */
function bodiesByRow(bodies: readonly PlacedBody[]) {
  const told = new Map(bodies.map((body) => [`${body.noun} ${body.id} ${isBeside(body)}`, body]))
  return (noun: string, id: string) => ({
    beside: told.get(`${noun} ${id} true`),
    metadata: told.get(`${noun} ${id} false`),
  })
}

/** Where a row is to look for its body: with the event that brought it, unless what was told is only where it looks now. */
function placing(inspection: Inspection, kept: KeptRun) {
  const rowOf = rowsByBody(kept)
  const isAt = async (position: number, { ref }: PlacedBody) => {
    const text = await inspection.body(position)
    return text !== undefined && measured(text).digest === ref.digest
  }
  return async (body: PlacedBody): Promise<number> => {
    const looksAt = rowOf(body)?.bodyAt
    if (looksAt === undefined || looksAt === body.position) return body.position
    const onlyThere = !(await isAt(body.position, body)) && (await isAt(looksAt, body))
    return onlyThere ? looksAt : body.position
  }
}

const NO_METADATA = '{}'

/**
 * Metadata are kept in their row alone. Lost with it, they may still be in another row of the run, or be those of who gave
 * none. Nothing is found for a row that has them.
 */
function metadataSearch({ metadata }: Inspection, { artifacts, syntheses }: KeptRun) {
  const rows = [
    ...artifacts.map(({ id }) => ({ noun: 'artifact', id }) as const),
    ...syntheses.map(({ id }) => ({ noun: 'synthesis', id }) as const),
  ]
  return async ({ noun, id, ref }: PlacedBody): Promise<string | undefined> => {
    const own = await metadata(noun as 'artifact' | 'synthesis', id)
    if (own && measured(own).digest === ref.digest) return undefined
    if (digest(NO_METADATA) === ref.digest) return NO_METADATA
    for (const other of rows) {
      const kept = await metadata(other.noun, other.id)
      if (kept && measured(kept).digest === ref.digest) return kept.text
    }
    return undefined
  }
}

/** One after the other: inside a transaction there is one connection, and bodies are large. */
async function inTurn<T, R>(items: Iterable<T>, work: (item: T) => Promise<R[]>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(...(await work(item)))
  return results
}
