import type { EventType } from '@consensus-store/core'
import type { Session } from './context.ts'
import { statement } from './statement.ts'

/** How many windows of the log are looked at, and how many positions each of them has. */
const WINDOWS = 80
const WIDTH = 100

/** How often gaps are looked for in what is left without those that were found. */
const ROUNDS = 3

/** How many events there are of a type, or of any, if the log is everywhere as it is in the windows that are looked at. */
export async function sampleLog(session: Session): Promise<(type?: EventType) => number> {
  const stretches = await inhabited(session)
  const positions = lengthOf(stretches)
  const windows = spread(positions).flatMap((place) => within(stretches, place, place + WIDTH))
  const seen = (await Promise.all(windows.map((window) => session.all(typesBetween, window)))).flat()
  return (wanted) => {
    const found = seen.reduce(
      (sum, { type, count }) => sum + (wanted === undefined || type === wanted ? count : 0),
      0,
    )
    return Math.round((found * positions) / lengthOf(windows))
  }
}

/** Some positions in a row; `to` is the first one behind them. */
interface Stretch {
  readonly from: number
  readonly to: number
}

/**
 * The log without its larger gaps. Where most of it was deleted and a little of the beginning stays, as a run that is pinned does,
 * windows over all of it would meet almost nothing.
 */
async function inhabited(session: Session): Promise<readonly Stretch[]> {
  const [first, last] = await Promise.all([session.first(firstPosition, {}), session.first(lastPosition, {})])
  let stretches: readonly Stretch[] = [{ from: first!, to: last! + 1 }]
  for (let round = 0; round < ROUNDS; round++) {
    const places = spread(lengthOf(stretches)).flatMap((place) => within(stretches, place, place + 1))
    const around = await Promise.all(places.map(({ from }) => session.first(neighbours, { position: from })))
    const gaps = around.flatMap((found) => {
      const { before, behind } = found!
      return before !== null && behind !== null && behind - before > WIDTH
        ? [{ from: before + 1, to: behind }]
        : []
    })
    if (gaps.length === 0) break
    stretches = without(stretches, gaps)
  }
  return stretches
}

const lengthOf = (stretches: readonly Stretch[]) =>
  stretches.reduce((sum, { from, to }) => sum + to - from, 0)

/** Places in as many equal parts of a length: elsewhere in each, so that none keeps step with runs that are all alike. */
const spread = (length: number): readonly number[] =>
  Array.from({ length: WINDOWS }, (_, i) => Math.floor(((i + ((i * GOLDEN_RATIO) % 1)) * length) / WINDOWS))
const GOLDEN_RATIO = 0.618_033_988_75

/** The positions that lie so far in, as if one stretch followed the other. */
function within(stretches: readonly Stretch[], from: number, to: number): readonly Stretch[] {
  let passed = 0
  return stretches.flatMap((stretch) => {
    const offset = stretch.from - passed
    const part = { from: Math.max(from + offset, stretch.from), to: Math.min(to + offset, stretch.to) }
    passed += stretch.to - stretch.from
    return part.from < part.to ? [part] : []
  })
}

/** Gaps come in their order, and those that were met twice are the same. */
const without = (stretches: readonly Stretch[], gaps: readonly Stretch[]): readonly Stretch[] =>
  gaps.reduce(
    (left, gap) =>
      left.flatMap(({ from, to }) =>
        [
          { from, to: Math.min(to, gap.from) },
          { from: Math.max(from, gap.to), to },
        ].filter((part) => part.from < part.to),
      ),
    stretches,
  )

const boundOf = (direction: 'asc' | 'desc') =>
  statement()(
    ({ db }) => db.selectFrom('event').select('position').orderBy('position', direction).limit(1),
    ({ position }) => position,
  )

const firstPosition = boundOf('asc')
const lastPosition = boundOf('desc')

/** The last position before one, and the first that is not: each is a step into the index. */
const neighbours = statement<{ position: number }>()(({ db, arg }) =>
  db.selectNoFrom((eb) => [
    eb
      .selectFrom('event')
      .select('position')
      .where('position', '<', arg.number('position'))
      .orderBy('position', 'desc')
      .limit(1)
      .as('before'),
    eb
      .selectFrom('event')
      .select('position')
      .where('position', '>=', arg.number('position'))
      .orderBy('position')
      .limit(1)
      .as('behind'),
  ]),
)

const typesBetween = statement<{ from: number; to: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('event')
      .select(({ fn }) => ['type', fn.countAll<number>().as('count')])
      .where('position', '>=', arg.number('from'))
      .where('position', '<', arg.number('to'))
      .groupBy('type'),
  ({ type, count }) => ({ type: type as EventType, count }),
)
