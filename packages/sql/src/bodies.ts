import type { Expression } from 'kysely'
import { type Kit, statement } from './statement.ts'

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
