import { statement } from './statement.ts'

/** Keeps the text that the event just appended to a run brought. */
export const insertBody = statement<{ runId: string; text: string }>()(({ db, dialect, arg }) =>
  db
    .insertInto('body')
    .columns(['position', 'text'])
    .expression((eb) =>
      eb
        .selectFrom('run')
        .select([dialect.position.current.as('position'), arg.body('text').as('text')])
        .where('id', '=', arg.text('runId'))
        .where((run) => dialect.appendedTo(run.ref('id'))),
    ),
)

/** As `insertBody`, for who knows only an agent of the run. */
export const insertBodyForAgent = statement<{ agentId: string; text: string }>()(({ db, dialect, arg }) =>
  db
    .insertInto('body')
    .columns(['position', 'text'])
    .expression((eb) =>
      eb
        .selectFrom('execution')
        .select([dialect.position.current.as('position'), arg.body('text').as('text')])
        .where('agent_id', '=', arg.text('agentId'))
        .where((execution) => dialect.appendedTo(execution.ref('run_id'))),
    ),
)
