import { setImmediate as nextTurn } from 'node:timers/promises'
import { options as checkOptions, optionalFunction } from './argument.ts'
import { digest } from './body.ts'
import { differingBody, type RowDifference } from './difference.ts'
import { differingSnapshots } from './differing-snapshots.ts'
import { notFound } from './error.ts'
import { examine, isBeside, type PlacedBody, untoldBody } from './examine.ts'
import { examineArchive, isArchived } from './examine-archive.ts'
import { type Inspection, type KeptRun, type KeptText, keptRunIds, strayBodies } from './inspection.ts'

/** What verifying came to. */
export interface Verification {
  readonly runs: number
  readonly events: number
  /** Empty when every row and body is what the logs say, and nothing is there besides. */
  readonly differences: readonly Difference[]
}

/** Something that is not what a log tells. */
export interface Difference extends RowDifference {
  /** `undefined` for a body at whose position no run has an event. */
  readonly runId: string | undefined
}

/** How long to verify, and whom to tell of it. */
export interface VerifyOptions {
  /** Is told how many more runs were looked at. */
  readonly progress?: ((runs: number) => void) | undefined
}

/**
 * Verifies one run, or everything run by run and then the bodies. Each run is read as of one moment, so writers need not
 * stop; one that is deleted before its turn is passed over. NOT_FOUND when there is nothing of the run asked for.
 */
export async function verifyRuns(
  inspection: Inspection,
  runId?: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { progress } = checkProgress(options)
  if (runId !== undefined) {
    const verified = await verifyRun(inspection, runId)
    if (!verified) throw notFound('run', runId)
    progress?.(1)
    return { runs: 1, ...verified }
  }
  const found = { runs: 0, events: 0, differences: [] as Difference[] }
  for await (const id of keptRunIds(inspection)) {
    const verified = await verifyRun(inspection, id)
    if (verified) {
      found.runs += 1
      found.events += verified.events
      found.differences.push(...verified.differences)
    }
    progress?.(1)
    await nextTurn()
  }
  for await (const position of strayBodies(inspection)) {
    found.differences.push({ runId: undefined, ...untoldBody(position) })
  }
  return found
}

/** The options, checked. INVALID names the option. */
export function checkProgress<T extends VerifyOptions>(options: T): T {
  optionalFunction(checkOptions(options, 'options').progress, 'progress')
  return options
}

/** What there is to say of one run; `undefined` when there is nothing of it. */
export async function verifyRun(
  inspection: Inspection,
  runId: string,
): Promise<Omit<Verification, 'runs'> | undefined> {
  const kept = await inspection.kept(runId)
  if (isNothing(kept)) return undefined
  if (isArchived(kept)) return verifyArchive(inspection, runId, kept)
  const { history, differences, bodies } = examine(runId, kept)
  const altered = [
    ...(await differingBodies(inspection, kept, bodies)),
    ...(await differingSnapshots(inspection, runId, kept, history)),
  ]
  // Bodies and snapshots are read after the rest: without the log that brought them they are no longer what this is about.
  if (altered.length > 0 && !(await isThatRun(inspection, runId, kept))) return verifyRun(inspection, runId)
  return {
    events: kept.events.length,
    differences: [...differences, ...altered].map((difference) => ({ runId, ...difference })),
  }
}

async function verifyArchive(
  inspection: Inspection,
  runId: string,
  kept: KeptRun,
): Promise<Omit<Verification, 'runs'> | undefined> {
  const archive = await inspection.archive(runId)
  // It may have been put back since, or archived anew.
  if (archive?.checksum !== kept.archive?.checksum) {
    const now = await inspection.kept(runId)
    if (now.archive?.checksum !== kept.archive?.checksum) return verifyRun(inspection, runId)
  }
  const { bundle, differences } = await examineArchive(kept, archive)
  return {
    events: bundle?.events.length ?? 0,
    differences: differences.map((difference) => ({ runId, ...difference })),
  }
}

/** Whether there is nothing of a run. */
export function isNothing({ run, archive, ...owned }: KeptRun): boolean {
  const { executions, artifacts, syntheses, events, snapshots } = owned
  return (
    !run &&
    !archive &&
    [executions, artifacts, syntheses, events, snapshots].every(({ length }) => length === 0)
  )
}

/** Whether a run was neither deleted nor begun again since it was read. */
async function isThatRun(inspection: Inspection, runId: string, kept: KeptRun): Promise<boolean> {
  const now = await inspection.kept(runId)
  return now.events[0]?.position === kept.events[0]?.position
}

/** What is read together weighs no more than this, unless it is one body. */
const MOST_BYTES = 8 * 1024 * 1024
const MOST_BODIES = 100

async function differingBodies(
  inspection: Inspection,
  kept: KeptRun,
  bodies: readonly PlacedBody[],
): Promise<readonly RowDifference[]> {
  const rowOf = rowsByBody(kept)
  const differences: RowDifference[] = []
  for (const group of byBytes(bodies)) {
    const found = await Promise.all(
      group.map(async (body) => {
        const { noun, id, member, ref, position } = body
        const row = rowOf(body)
        // A row that is missing is named as such; its metadata went with it.
        if (!row && !isBeside(body)) return []
        const text = await textOf(inspection, body, row?.bodyAt ?? position)
        return differingBody(`${noun} ${id}`, member, text && measured(text), ref)
      }),
    )
    differences.push(...found.flat())
  }
  return differences
}

/** A body as readers find it: where its row looks for it, or, without one, where the log says. */
const textOf = (
  { body, metadata }: Inspection,
  { noun, id, member }: Pick<PlacedBody, 'noun' | 'id' | 'member'>,
  position: number,
): Promise<KeptText | undefined> =>
  member === 'metadata' && noun !== 'execution' ? metadata(noun, id) : body(position)

/** What cannot be read is no text that has the digest of another. */
export const measured = ({ text }: KeptText) =>
  text === undefined
    ? { bytes: 0, digest: 'unreadable' }
    : { bytes: Buffer.byteLength(text), digest: digest(text) }

/** The row that a body belongs to, if it is there. */
export function rowsByBody({ executions, artifacts, syntheses }: KeptRun) {
  const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
    new Map(rows.map((row) => [row.id, row]))
  const nouns = { execution: byId(executions), artifact: byId(artifacts), synthesis: byId(syntheses) }
  return ({ noun, id }: Pick<PlacedBody, 'noun' | 'id'>) => nouns[noun].get(id)
}

function* byBytes(bodies: readonly PlacedBody[]): Generator<PlacedBody[]> {
  let group: PlacedBody[] = []
  let bytes = 0
  for (const body of bodies) {
    if (group.length === MOST_BODIES || (group.length > 0 && bytes + body.ref.bytes > MOST_BYTES)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(body)
    bytes += body.ref.bytes
  }
  if (group.length > 0) yield group
}
