import {
  checkSnapshot,
  name,
  optionalName,
  type Snapshot,
  type Snapshots,
  snapshotQuery,
} from '@consensus-store/core'
import type { Selectable } from 'kysely'
import { claim, OF_NO_RUN, ofRun } from './claim.ts'
import type { SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { claimAsItIs } from './restoring.ts'
import type { SnapshotTable } from './schema.ts'
import { bind, statement } from './statement.ts'

export function snapshots({ session }: SqlContext): Snapshots {
  return {
    async save(input) {
      const snapshot = checkSnapshot(input)
      // Whoever is deleting the run is waited for, and so is seen.
      const [, [saved]] = await session.write([
        claim(ofRun(snapshot.runId), claimAsItIs, { id: snapshot.runId }),
        bind(putSnapshot, snapshot),
      ])
      return saved !== undefined
    },

    async latest(runId, query) {
      const of = { runId: name(runId, 'runId') }
      const to = snapshotQuery(query)
      return 'at' in to
        ? session.first(latestAsOf, { ...of, ...to })
        : session.first(latestUpTo, { ...of, ...to })
    },

    async delete(runId) {
      const id = optionalName(runId, 'runId')
      const step =
        id === undefined ? claim(OF_NO_RUN, deleteAll, {}) : claim(ofRun(id), deleteOfRun, { runId: id })
      const [gone] = await session.write([step])
      return gone.length
    },
  }
}

interface OfRun {
  runId: string
}

const latestUpTo = statement<OfRun & { sequence: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('snapshot')
      .selectAll()
      .where('run_id', '=', arg.text('runId'))
      .where('sequence', '<=', arg.number('sequence'))
      .orderBy('sequence', 'desc')
      .limit(1),
  snapshotFromRow,
)

const latestAsOf = statement<OfRun & { at: Date }>()(
  ({ db, arg }) =>
    db
      .selectFrom('snapshot')
      .selectAll()
      .where('run_id', '=', arg.text('runId'))
      .where('latest_at', '<=', arg.instant('at'))
      .orderBy('sequence', 'desc')
      .limit(1),
  snapshotFromRow,
)

export function snapshotFromRow(row: Selectable<SnapshotTable>, { instant, body }: SqlDialect): Snapshot {
  return {
    runId: row.run_id,
    sequence: row.sequence,
    position: row.position,
    latestAt: instant.decode(row.latest_at),
    version: row.version,
    digest: row.digest,
    state: body.decode(row.state),
  }
}

/** Gives no row when the log has no such event. */
const putSnapshot = statement<Snapshot>()(({ db, arg }) =>
  db
    .insertInto('snapshot')
    .columns(['run_id', 'sequence', 'position', 'latest_at', 'version', 'digest', 'state'])
    .expression(
      db
        .selectFrom('event')
        .select([
          'event.run_id',
          'event.sequence',
          'event.position',
          arg.instant('latestAt').as('latest_at'),
          arg.number('version').as('version'),
          arg.text('digest').as('digest'),
          arg.body('state').as('state'),
        ])
        .where('event.run_id', '=', arg.text('runId'))
        .where('event.sequence', '=', arg.number('sequence'))
        .where('event.position', '=', arg.number('position')),
    )
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'sequence']).doUpdateSet(({ ref }) => ({
        position: ref('excluded.position'),
        latest_at: ref('excluded.latest_at'),
        version: ref('excluded.version'),
        digest: ref('excluded.digest'),
        state: ref('excluded.state'),
      })),
    )
    .returning('sequence'),
)

const deleteAll = statement()(({ db }) => db.deleteFrom('snapshot').returning('sequence'))

const deleteOfRun = statement<OfRun>()(({ db, arg }) =>
  db.deleteFrom('snapshot').where('run_id', '=', arg.text('runId')).returning('sequence'),
)
