import type { Run } from '@consensus-store/core'
import { eventsOf, insertionOfRun } from './new-run.ts'
import { laterRunValues, runValues } from './row-values.ts'
import { type Kit, statement } from './statement.ts'

/** A run as a bundle has it, and the ids of all that it owns. */
export interface Owned extends Run {
  readonly agentIds: readonly string[]
  readonly artifactIds: readonly string[]
  readonly synthesisIds: readonly string[]
}

const owners = <A extends Owned>({ db, dialect, arg }: Kit<A>) => {
  const { text, list } = arg as unknown as Kit<Owned>['arg']
  return db
    .selectFrom('execution')
    .select(['agent_id as id', 'run_id as runId'])
    .where((eb) => dialect.anyOf(eb.ref('agent_id'), list('agentIds')))
    .where('run_id', '<>', text('id'))
    .unionAll(
      db
        .selectFrom('artifact')
        .select(['id', 'run_id as runId'])
        .where((eb) => dialect.anyOf(eb.ref('id'), list('artifactIds')))
        .where('run_id', '<>', text('id')),
    )
    .unionAll(
      db
        .selectFrom('synthesis')
        .select(['id', 'run_id as runId'])
        .where((eb) => dialect.anyOf(eb.ref('id'), list('synthesisIds')))
        .where('run_id', '<>', text('id')),
    )
    .limit(1)
}

/** The first id of the bundle that another run owns, and that run. */
export const ownedElsewhere = statement<Owned>()((kit) => owners(kit).orderBy('id').orderBy('runId'))

/** Gives no row when the run is there already, events are that no row goes with, or another run owns an id of the bundle. */
export const claimRun = statement<Owned>()((kit) => {
  const run = kit as unknown as Kit<Run>
  return insertionOfRun(run, [eventsOf(run), owners(kit)])
})

/**
 * Brings a run's row up to a bundle's. Gives no row unless the event at `position` is still its last, or when another
 * run owns an id of the bundle.
 */
export const claimExtension = statement<Owned & { after: number; position: number }>()((kit) => {
  const { db, arg } = kit
  return db
    .updateTable('run')
    .set(laterRunValues(arg))
    .where('id', '=', arg.text('id'))
    .where('last_sequence', '=', arg.number('after'))
    .where(({ exists }) =>
      exists(
        db
          .selectFrom('event')
          .select('sequence')
          .where('run_id', '=', arg.text('id'))
          .where('sequence', '=', arg.number('after'))
          .where('position', '=', arg.number('position')),
      ),
    )
    .where(({ not, exists }) => not(exists(owners(kit))))
    .returning('id')
})

interface Seen {
  seenArchivedAt: Date
  seenSequence: number
  checksum: string
}

/**
 * Makes a run's row that of a bundle again. Gives no row unless it is archived since then, in that very archive, and says that
 * sequence, or when another run owns an id of the bundle.
 */
export const claimArchived = statement<Owned & Seen>()((kit) => {
  const { db, arg } = kit
  const { id: _, ...values } = runValues(arg)
  return db
    .updateTable('run')
    .set({ ...values, archived_at: null })
    .where('id', '=', arg.text('id'))
    .where('archived_at', '=', arg.instant('seenArchivedAt'))
    .where('last_sequence', '=', arg.number('seenSequence'))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('archive')
          .select('archive.run_id')
          .whereRef('archive.run_id', '=', 'run.id')
          .where('archive.checksum', '=', arg.text('checksum')),
      ),
    )
    .where(({ not, exists }) => not(exists(owners(kit))))
    .returning('id')
})
