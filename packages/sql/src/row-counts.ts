import { type Count, countedUpTo, type EventType, type Rows } from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import { bind, statement } from './statement.ts'

/** Rows that are counted one by one; of more than these the log tells how many there are. */
const COUNTED = 20_000
/** Of archives no log tells. */
const ARCHIVES_COUNTED = 100_000

/** How many windows of the log are looked at, and how many positions each of them has. */
const WINDOWS = 80
const WIDTH = 100

/** Exact where there are few rows, and otherwise estimated from a sample of the log, which tells of every row once. */
export async function rowCounts(session: Session): Promise<Rows> {
  const upTo = { most: COUNTED }
  const [[runs], [executions], [artifacts], [syntheses], [events], [archives]] = await session.snapshot([
    bind(countRuns, upTo),
    bind(countRows.execution, upTo),
    bind(countRows.artifact, upTo),
    bind(countRows.synthesis, upTo),
    bind(countRows.event, upTo),
    bind(countRows.archive, { most: ARCHIVES_COUNTED }),
  ])
  const estimate = events! < COUNTED ? undefined : await sampleLog(session)
  const told = (found: number, type?: EventType): Count =>
    found < COUNTED || !estimate
      ? { count: found, precision: 'exact' }
      : { count: Math.max(found, estimate(type)), precision: 'estimated' }
  return {
    runs: told(runs!, 'run.started'),
    executions: told(executions!, 'execution.spawned'),
    artifacts: told(artifacts!, 'artifact.added'),
    syntheses: told(syntheses!, 'synthesis.added'),
    events: told(events!),
    archives: countedUpTo(ARCHIVES_COUNTED, archives!),
  }
}

/** How many events there are of a type, or of any, if the log is everywhere as it is in the windows that are looked at. */
async function sampleLog(session: Session): Promise<(type?: EventType) => number> {
  const [[first], [last]] = await session.snapshot([bind(firstPosition, {}), bind(lastPosition, {})])
  const stride = (last! - first! + 1) / WINDOWS
  const windows = await Promise.all(
    Array.from({ length: WINDOWS }, (_, i) => {
      const from = first! + Math.floor((i + phase(i)) * stride)
      return session.all(typesBetween, { from, to: from + WIDTH })
    }),
  )
  const seen = windows.flat().map(({ type, count }) => ({ type: type as EventType, count }))
  return (wanted) => {
    const found = seen.reduce(
      (sum, { type, count }) => sum + (wanted === undefined || type === wanted ? count : 0),
      0,
    )
    return Math.round((found * stride) / WIDTH)
  }
}

/** Where in its part of the log a window begins: elsewhere in each, so that none keeps step with runs that are all alike. */
const phase = (window: number) => (window * GOLDEN_RATIO) % 1
const GOLDEN_RATIO = 0.618_033_988_75

interface UpTo {
  most: number
}

const countUpTo = (table: 'execution' | 'artifact' | 'synthesis' | 'event' | 'archive') =>
  statement<UpTo>()(
    ({ db, arg }) =>
      db
        .selectFrom(
          db
            .selectFrom(table as 'event')
            .select(ONE)
            .limit(arg.number('most'))
            .as('some'),
        )
        .select(({ fn }) => fn.countAll<number>().as('count')),
    ({ count }) => count,
  )

const ONE = sql<number>`1`.as('one')

const countRows = {
  execution: countUpTo('execution'),
  artifact: countUpTo('artifact'),
  synthesis: countUpTo('synthesis'),
  event: countUpTo('event'),
  archive: countUpTo('archive'),
} as const

const countRuns = statement<UpTo>()(
  ({ db, arg }) =>
    db
      .selectFrom(
        db
          .selectFrom('run')
          .select(ONE)
          .where('archived_at', 'is', null)
          .limit(arg.number('most'))
          .as('some'),
      )
      .select(({ fn }) => fn.countAll<number>().as('count')),
  ({ count }) => count,
)

const boundOf = (direction: 'asc' | 'desc') =>
  statement()(
    ({ db }) => db.selectFrom('event').select('position').orderBy('position', direction).limit(1),
    ({ position }) => position,
  )

const firstPosition = boundOf('asc')
const lastPosition = boundOf('desc')

const typesBetween = statement<{ from: number; to: number }>()(({ db, arg }) =>
  db
    .selectFrom('event')
    .select(({ fn }) => ['type', fn.countAll<number>().as('count')])
    .where('position', '>=', arg.number('from'))
    .where('position', '<', arg.number('to'))
    .groupBy('type'),
)
