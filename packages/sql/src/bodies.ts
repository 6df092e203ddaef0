import { StoreError } from '@consensus-store/core'
import type { Expression } from 'kysely'
import type { SqlDialect, Stored } from './dialect.ts'
import { type Kit, statement } from './statement.ts'

/** The text of a body that a row looks for. CORRUPT, naming whose it is, when it is not there: it was never left out. */
export function bodyOf(text: Stored<string> | null, whose: string, { body }: SqlDialect): string {
  if (text === null) throw new StoreError('CORRUPT', `The ${whose} is lost`)
  return body.decode(text)
}

/** Keeps the text that the event just appended to a run brought. */
export const insertBody = statement<{ runId: string; text: string }>()((kit) =>
  insert(kit, kit.arg.text('runId')),
)

/** As `insertBody`, for who knows only an agent of the run. */
export const insertBodyForAgent = statement<{ agentId: string; text: string }>()((kit) =>
  insert(
    kit,
    kit.db
      .selectFrom('execution')
      .select('run_id')
      .where('agent_id', '=', kit.arg.text('agentId'))
      .$asScalar(),
  ),
)

const insert = <A extends { text: string }>({ db, dialect, arg }: Kit<A>, runId: Expression<string>) =>
  db
    .insertInto('body')
    .columns(['position', 'text'])
    .expression(
      db
        .selectNoFrom([dialect.position.current.as('position'), arg.body('text' as never).as('text')])
        .where(dialect.appendedTo(runId)),
    )
