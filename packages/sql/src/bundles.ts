import {
  archiveOf,
  checkBundle,
  conflict,
  continuesLog,
  decodeJson,
  type EncodedBundle,
  type Event,
  type LogEntry,
  mustBeToldBy,
  name,
  type Run,
  type Runs,
  settle,
  unpackBundle,
} from '@consensus-store/core'
import { archiveOfRun } from './archive-rows.ts'
import { artifactFromRow } from './artifacts.ts'
import { bodyOf } from './bodies.ts'
import type { Session, SqlContext } from './context.ts'
import { eventFromRow } from './events.ts'
import { executionFromRow, responseOf } from './execution-rows.ts'
import { rowless } from './new-run.ts'
import { extendingSteps, ownerOf, recordingSteps } from './recording.ts'
import { runFromRow } from './runs.ts'
import { bind, statement } from './statement.ts'
import { withMarkdown } from './syntheses.ts'

/** Runs moving as a whole: read as of one moment, written all or nothing. */
export function bundles({ session }: SqlContext): Pick<Runs, 'record' | 'bundle'> {
  /**
   * What there is to do when a run could not be written anew: nothing when it is there, and as far or farther; the rest
   * when it is the beginning of the bundle. CONFLICT when it tells otherwise, or another run owns an id of the bundle.
   */
  async function bringUp(bundle: EncodedBundle): Promise<Run | undefined> {
    const { id: runId } = bundle.run
    const [[run], stored, [taken], [archive]] = await session.snapshot([
      bind(runOf, { runId }),
      bind(eventsOf, { runId }),
      ownerOf(bundle),
      bind(archiveOfRun, { runId }),
    ])
    if (run?.archivedAt) {
      mustBeToldBy(await unpackBundle(archiveOf({ run, archive })), bundle)
      return run
    }
    if (!run && stored.length > 0) throw rowless(runId)
    if (run && continuesLog(stored, bundle.events)) return run
    if (!continuesLog(bundle.events, stored)) throw conflict(`Run ${runId} is stored with another log`)
    if (taken) throw conflict(`${taken.id} is in the bundle, but belongs to run ${taken.runId}`)
    const last = stored.at(-1)
    if (!last) return undefined
    const [[extended]] = await session.write(extendingSteps(bundle, last))
    return extended ? bundle.run : undefined
  }

  return {
    async record(input) {
      const bundle = checkBundle(input)
      return settle(`Run ${bundle.run.id}`, async () => {
        const [[recorded]] = await session.write(recordingSteps(bundle))
        return recorded ? bundle.run : bringUp(bundle)
      })
    },

    async bundle(id) {
      const { run, archive, bundle } = await readRun(session, name(id, 'id'))
      return run?.archivedAt ? unpackBundle(archiveOf({ run, archive })) : bundle
    },
  }
}

/** A run as of one moment: all it owns, and its last event's position; or its archive. */
export async function readRun(session: Session, runId: string) {
  const of = { runId }
  const [[run], executions, artifacts, syntheses, events, [archive]] = await session.snapshot([
    bind(runOf, of),
    bind(executionsOf, of),
    bind(artifactsOf, of),
    bind(synthesesOf, of),
    bind(eventsOf, of),
    bind(archiveOfRun, of),
  ])
  const bundle = run && { run, executions, artifacts, syntheses, events: events.map(entryOf) }
  return { run, archive, bundle: run?.archivedAt ? undefined : bundle, position: events.at(-1)?.position }
}

export const runOf = statement<{ runId: string }>()(
  ({ db, arg }) => db.selectFrom('run').selectAll().where('id', '=', arg.text('runId')),
  runFromRow,
)

const executionsOf = statement<{ runId: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('execution')
      .leftJoin('body', 'body.position', 'execution.response_position')
      .selectAll('execution')
      .select('body.text')
      .where('execution.run_id', '=', arg.text('runId'))
      .orderBy('execution.spawned_at')
      .orderBy('execution.agent_id'),
  (row, dialect) => ({
    ...executionFromRow(row, dialect),
    response: responseOf(row, dialect),
  }),
)

const artifactsOf = statement<{ runId: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('artifact')
      .leftJoin('body', 'body.position', 'artifact.content_position')
      .selectAll('artifact')
      .select('body.text')
      .where('artifact.run_id', '=', arg.text('runId'))
      .orderBy('artifact.created_at')
      .orderBy('artifact.id'),
  (row, dialect) => ({
    ...artifactFromRow(row, dialect),
    content: decodeJson(bodyOf(row.text, `content of artifact ${row.id}`, dialect)),
  }),
)

const synthesesOf = statement<{ runId: string }>()(
  ({ db, arg }) =>
    db
      .selectFrom('synthesis')
      .leftJoin('body', 'body.position', 'synthesis.markdown_position')
      .selectAll('synthesis')
      .select('body.text')
      .where('synthesis.run_id', '=', arg.text('runId'))
      .orderBy('synthesis.created_at')
      .orderBy('synthesis.id'),
  withMarkdown,
)

const eventsOf = statement<{ runId: string }>()(
  ({ db, arg }) =>
    db.selectFrom('event').selectAll().where('run_id', '=', arg.text('runId')).orderBy('sequence'),
  eventFromRow,
)

const entryOf = ({ runId: _, position: __, ...entry }: Event): LogEntry => entry
