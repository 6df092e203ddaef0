import {
  type Execution,
  type ExecutionRequest,
  type ExecutionStatus,
  executionPosition,
  type Page,
  page,
} from '@consensus-store/core'
import { sql } from 'kysely'
import type { Session } from './context.ts'
import { executionFromRow } from './execution-rows.ts'
import { type PageArguments, pageArguments } from './listing.ts'
import { statement, variants } from './statement.ts'

export async function listExecutions(session: Session, request: ExecutionRequest): Promise<Page<Execution>> {
  const { page: paging, runId, specId, stage, statuses, spawnedBefore } = request
  const list = selectPage({
    runId: runId !== undefined,
    specId: specId !== undefined,
    stage: stage !== undefined,
    statuses,
    spawnedBefore: spawnedBefore !== undefined,
    after: paging.after !== undefined,
  })
  const filters = { runId, specId, stage, spawnedBefore }
  return page(await session.all(list, { ...filters, ...pageArguments(paging) }), paging, executionPosition)
}

interface Given {
  runId: boolean
  specId: boolean
  stage: boolean
  statuses: readonly ExecutionStatus[] | undefined
  spawnedBefore: boolean
  after: boolean
}

interface Filters extends PageArguments {
  runId: string | undefined
  specId: string | undefined
  stage: string | undefined
  spawnedBefore: Date | undefined
}

const selectPage = variants((given: Given) =>
  statement<Filters>()(
    ({ db, arg }) =>
      db
        .selectFrom('execution')
        .selectAll()
        .$if(given.runId, (query) => query.where('run_id', '=', arg.text('runId')))
        .$if(given.specId, (query) => query.where('spec_id', '=', arg.text('specId')))
        .$if(given.stage, (query) => query.where('stage', '=', arg.text('stage')))
        .$if(given.statuses !== undefined, (query) =>
          query.where('status', 'in', literals(given.statuses ?? [])),
        )
        .$if(given.spawnedBefore, (query) => query.where('spawned_at', '<', arg.instant('spawnedBefore')))
        .$if(given.after, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('spawned_at', 'agent_id'), '<', tuple(arg.instant('afterAt'), arg.text('afterId'))),
          ),
        )
        .orderBy('spawned_at', 'desc')
        .orderBy('agent_id', 'desc')
        .limit(arg.number('rows')),
    executionFromRow,
  ),
)

/** Written into the statement, so that the indexes over only these statuses can serve it. */
const literals = (statuses: readonly ExecutionStatus[]) => statuses.map((status) => sql.lit(status))
