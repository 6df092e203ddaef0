import type { RowDifference } from './difference.ts'
import { isBeside, type PlacedBody } from './examine.ts'
import type { Inspection, KeptRun } from './inspection.ts'
import { measured } from './verify.ts'

/** A body that is to be put where the event that brought it is, from where its text was found in the run. */
export interface MovedBody {
  readonly to: number
  readonly from: number
  /** Whether it goes from there, because no event there tells of a body. */
  readonly leaves: boolean
}

interface MovingOptions {
  readonly untold: 'keep' | 'remove'
  /** What verifying found of bodies among the rest. */
  readonly before: readonly RowDifference[]
}

/**
 * Bodies that readers do not find, and whose text is elsewhere in the run. What lies in their place gives way when some event
 * tells of that text too; otherwise it may be all that is left of something, and only with `remove`.
 */
export async function movedBodies(
  inspection: Inspection,
  kept: KeptRun,
  bodies: readonly PlacedBody[],
  { untold, before }: MovingOptions,
): Promise<readonly MovedBody[]> {
  const told = bodies.filter(isBeside)
  const missed = new Set(before.map(({ subject, member }) => `${subject} ${member}`))
  const wanted = told.filter(({ noun, id, member }) => missed.has(`${noun} ${id} ${member}`))
  if (wanted.length === 0) return []

  const digests = await digestsIn(inspection, kept.bodies)
  const places = new Set(told.map(({ position }) => position))
  const texts = new Set(told.map(({ ref }) => ref.digest))
  return wanted.flatMap(({ position: to, ref }): MovedBody[] => {
    const inPlace = digests.get(to)
    const givesWay = inPlace === undefined || texts.has(inPlace) || untold === 'remove'
    if (inPlace === ref.digest || !givesWay) return []
    const found = kept.bodies.filter((position) => digests.get(position) === ref.digest)
    const from = found.find((position) => !places.has(position)) ?? found[0]
    return from === undefined ? [] : [{ to, from, leaves: !places.has(from) }]
  })
}

/** One after the other: bodies are large. */
async function digestsIn(
  { body }: Inspection,
  positions: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const digests = new Map<number, string>()
  for (const position of positions) {
    const text = await body(position)
    if (text) digests.set(position, measured(text).digest)
  }
  return digests
}
