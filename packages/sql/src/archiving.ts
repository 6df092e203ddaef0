import type { KeptArchive } from '@consensus-store/core'
import { sql } from 'kysely'
import { allOfRun, claim, type Steps } from './claim.ts'
import { claimed, type Doomed, mayLeave, vacatingSteps } from './deleting.ts'
import { bind, type Kit, statement } from './statement.ts'

type Put = KeptArchive & Doomed & { id: string; position: number }

/**
 * The steps that put an archive in the place of all that its run owns. The first gives no row unless the event at `position` is
 * the run's last, and nothing keeps the run from being archived.
 *
 * As when a run is deleted, the claim makes its last sequence negative, so that the other steps happen to no run but one that
 * is so marked; the last step takes the mark off.
 */
export function archivingSteps(archive: KeptArchive, position: number) {
  const { runId: id } = archive
  const put: Put = { ...archive, id, runIds: [id], versions: undefined, position }
  return [
    claim(allOfRun(id), claimArchivable, put),
    ...vacatingSteps(put),
    bind(insertArchive, put),
    bind(unmark, put),
  ] as const satisfies Steps
}

const claimArchivable = statement<Put>()((kit) => {
  const { db, arg } = kit
  return db
    .updateTable('run')
    .set((eb) => ({
      last_sequence: eb.neg(eb.ref('last_sequence')),
      archived_at: arg.instant('archivedAt'),
    }))
    .where('id', '=', arg.text('id'))
    .where('archived_at', 'is', null)
    .where(mayLeave(kit.dialect))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('event')
          .select('event.sequence')
          .whereRef('event.run_id', '=', 'run.id')
          .whereRef('event.sequence', '=', 'run.last_sequence')
          .where('event.position', '=', arg.number('position')),
      ),
    )
    .returning('id')
})

const insertArchive = statement<Put>()((kit) => {
  const { db, arg } = kit
  return db
    .insertInto('archive')
    .columns(['run_id', 'archived_at', 'ended_at', 'bytes', 'bundle_bytes', 'checksum', 'bundle'])
    .expression(
      claimed(kit as unknown as Kit<Doomed>).select([
        arg.instant('archivedAt').as('archived_at'),
        arg.instant('endedAt').as('ended_at'),
        arg.number('bytes').as('bytes'),
        arg.number('bundleBytes').as('bundle_bytes'),
        arg.text('checksum').as('checksum'),
        arg.bytes('compressed').as('bundle'),
      ]),
    )
})

const unmark = statement<Put>()(({ db, arg }) =>
  db
    .updateTable('run')
    .set((eb) => ({ last_sequence: eb.neg(eb.ref('last_sequence')) }))
    .where('id', '=', arg.text('id'))
    .where('last_sequence', '<', sql.lit(0)),
)
