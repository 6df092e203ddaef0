import {
  abandonsAnew,
  type Concluded,
  conclude,
  concludesAnew,
  type Draft,
  mustBeDeletable,
  name,
  notFound,
  now,
  page,
  pinsAnew,
  type Run,
  type Runs,
  runPosition,
  runQuery,
  runStarted,
  type StageQuery,
  settle,
  stageQuery,
  startRun,
  startsAnew,
} from '@consensus-store/core'
import type { Selectable } from 'kysely'
import { type Claim, claim, ofRun } from './claim.ts'
import type { Session, SqlContext } from './context.ts'
import { deleteRun, openExecution } from './deleting.ts'
import type { SqlDialect } from './dialect.ts'
import { append } from './events.ts'
import { type PageArguments, pageArguments } from './listing.ts'
import { insertRun, rowless } from './new-run.ts'
import type { RunTable } from './schema.ts'
import { appendConclusion, sealWithin } from './sealing.ts'
import { bind, statement, variants } from './statement.ts'

/** All a run can do but move as a whole: that is in bundles.ts. */
export function runs({ session, env }: SqlContext): Omit<Runs, 'record' | 'bundle'> {
  const get = (id: string) => session.first(getRun, { id })

  /** Writes a change with its event, unless `isAnew` says that the run is so already. */
  const change = (claimed: Claim<Run>, id: string, draft: Draft, isAnew: (run: Run) => boolean) =>
    settle(`Run ${id}`, async () => {
      const [[changed]] = await session.write([claimed, append(id, draft)])
      if (changed) return changed
      const run = await knownRun(session, id)
      return isAnew(run) ? undefined : run
    })

  return {
    async start(input) {
      const run = startRun(input, env)
      const draft: Draft = { type: 'run.started', at: run.startedAt, data: runStarted(run) }
      return settle(`Run ${run.id}`, async () => {
        const [[started]] = await session.write([claim(ofRun(run.id), insertRun, run), append(run.id, draft)])
        if (started) return run
        const [[stored], [event]] = await session.snapshot([
          bind(getRun, { id: run.id }),
          bind(firstEvent, { id: run.id }),
        ])
        if (event && !stored) throw rowless(run.id)
        return startsAnew(stored, run) ? undefined : stored
      })
    },

    async get(id) {
      return get(name(id, 'id'))
    },

    async list(query) {
      const { page: request, ...filters } = runQuery(query)
      const list = listRuns({
        specId: filters.specId !== undefined,
        stage: filters.stage !== undefined,
        status: filters.status !== undefined,
        archived: filters.archived,
        after: request.after !== undefined,
      })
      return page(await session.all(list, { ...filters, ...pageArguments(request) }), request, runPosition)
    },

    async latest(query) {
      return session.first(latestRun, stageQuery(query))
    },

    async conclude(id, conclusion) {
      const data = conclude(conclusion)
      const at = now(env)
      const claimed = claim(ofRun(name(id, 'id')), concludeRun, { id, at, ...data })
      return settle(`Run ${id}`, async () => {
        const [, , [sealed]] = await session.write([
          claimed,
          appendConclusion(id, at, data),
          bind(sealRun, { id }),
        ])
        if (sealed) return sealed
        const run = await knownRun(session, id)
        return concludesAnew(run, data) ? undefined : run
      })
    },

    async abandon(id) {
      const claimed = claim(ofRun(name(id, 'id')), abandonRun, { id })
      return change(claimed, id, { type: 'run.abandoned', at: now(env), data: {} }, abandonsAnew)
    },

    async pin(id) {
      const claimed = claim(ofRun(name(id, 'id')), pinRun, { id, pinned: true })
      return change(claimed, id, { type: 'run.pinned', at: now(env), data: {} }, (run) => pinsAnew(run, true))
    },

    async unpin(id) {
      const claimed = claim(ofRun(name(id, 'id')), pinRun, { id, pinned: false })
      return change(claimed, id, { type: 'run.unpinned', at: now(env), data: {} }, (run) =>
        pinsAnew(run, false),
      )
    },

    async delete(id) {
      const of = { id: name(id, 'id') }
      const { deleted } = await settle(`Run ${id}`, async () => {
        const deleted = await deleteRun(session, of)
        if (deleted) return { deleted }
        const [[run], [open]] = await session.snapshot([bind(getRun, of), openExecution(of)])
        if (!run) return { deleted: undefined }
        mustBeDeletable(run, open)
        return undefined
      })
      return deleted
    },
  }
}

export async function knownRun(session: Session, id: string): Promise<Run> {
  const run = await session.first(getRun, { id })
  if (!run) throw notFound('run', id)
  return run
}

export function runFromRow(row: Selectable<RunTable>, { instant, flag }: SqlDialect): Run {
  return {
    id: row.id,
    specId: row.spec_id,
    stage: row.stage,
    branch: row.branch ?? undefined,
    status: row.status,
    expectedAgents: JSON.parse(row.expected_agents),
    missingAgents: JSON.parse(row.missing_agents),
    agreements: JSON.parse(row.agreements),
    conflicts: JSON.parse(row.conflicts),
    verdict: row.verdict ?? undefined,
    labels: JSON.parse(row.labels),
    pinned: flag.decode(row.pinned),
    startedAt: instant.decode(row.started_at),
    concludedAt: row.concluded_at === null ? undefined : instant.decode(row.concluded_at),
    archivedAt: row.archived_at === null ? undefined : instant.decode(row.archived_at),
    seal: row.seal ?? undefined,
    lastSequence: row.last_sequence,
  }
}

const getRun = statement<{ id: string }>()(
  ({ db, arg }) => db.selectFrom('run').selectAll().where('id', '=', arg.text('id')),
  runFromRow,
)

const firstEvent = statement<{ id: string }>()(({ db, arg }) =>
  db.selectFrom('event').select('sequence').where('run_id', '=', arg.text('id')).orderBy('sequence').limit(1),
)

const latestRun = statement<StageQuery>()(
  ({ db, arg }) =>
    db
      .selectFrom('run')
      .selectAll()
      .where('spec_id', '=', arg.text('specId'))
      .where('stage', '=', arg.text('stage'))
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1),
  runFromRow,
)

interface RunFilters extends PageArguments {
  specId: string | undefined
  stage: string | undefined
  status: Run['status'] | undefined
}

interface RunShape {
  specId: boolean
  stage: boolean
  status: boolean
  archived: boolean | undefined
  after: boolean
}

const listRuns = variants((given: RunShape) =>
  statement<RunFilters>()(
    ({ db, arg }) =>
      db
        .selectFrom('run')
        .selectAll()
        .$if(given.specId, (query) => query.where('spec_id', '=', arg.text('specId')))
        .$if(given.stage, (query) => query.where('stage', '=', arg.text('stage')))
        .$if(given.status, (query) => query.where('status', '=', arg.text('status')))
        .$if(given.archived === true, (query) => query.where('archived_at', 'is not', null))
        .$if(given.archived === false, (query) => query.where('archived_at', 'is', null))
        .$if(given.after, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('started_at', 'id'), '<', tuple(arg.instant('afterAt'), arg.text('afterId'))),
          ),
        )
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .limit(arg.number('rows')),
    runFromRow,
  ),
)

const concludeRun = statement<Concluded & { id: string; at: Date }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({
        status: 'concluded',
        verdict: arg.text('verdict'),
        missing_agents: arg.json('missingAgents'),
        agreements: arg.json('agreements'),
        conflicts: arg.json('conflicts'),
        concluded_at: arg.instant('at'),
        last_sequence: eb('last_sequence', '+', 1),
      }))
      .where('id', '=', arg.text('id'))
      .where('status', '=', 'running')
      .returningAll(),
  runFromRow,
)

/** The conclusion is the run's last event by now. */
const sealRun = statement<{ id: string }>()(
  ({ db, dialect, arg }) =>
    db
      .updateTable('run')
      .set(({ selectFrom }) => ({
        seal: selectFrom('event')
          .select(({ ref }) => sealWithin(ref('event.data')).as('seal'))
          .whereRef('event.run_id', '=', 'run.id')
          .whereRef('event.sequence', '=', 'run.last_sequence'),
      }))
      .where('id', '=', arg.text('id'))
      .where(({ ref }) => dialect.appendedTo(ref('run.id')))
      .returningAll(),
  runFromRow,
)

const abandonRun = statement<{ id: string }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ status: 'abandoned', last_sequence: eb('last_sequence', '+', 1) }))
      .where('id', '=', arg.text('id'))
      .where('status', '=', 'running')
      .returningAll(),
  runFromRow,
)

const pinRun = statement<{ id: string; pinned: boolean }>()(
  ({ db, arg }) =>
    db
      .updateTable('run')
      .set((eb) => ({ pinned: arg.flag('pinned'), last_sequence: eb('last_sequence', '+', 1) }))
      .where('id', '=', arg.text('id'))
      .where('pinned', '<>', arg.flag('pinned'))
      .where('archived_at', 'is', null)
      .returningAll(),
  runFromRow,
)
