import { type Count, countedUpTo, type EventType, type Rows } from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import { sampleLog } from './log-sample.ts'
import { bind, statement } from './statement.ts'

/** Rows that are counted one by one; of more than these the log tells how many there are. */
const COUNTED = 20_000
/** Of archives no log tells. */
const ARCHIVES_COUNTED = 100_000

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
