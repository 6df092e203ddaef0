import { EXECUTION_STATUSES } from '@consensus-store/core'
import { executionColumns } from '../columns.ts'
import { command } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { choice, text } from '../option.ts'

export const executions = command({
  summary: 'List what agents were sent to do, newest first',
  args: [],
  options: {
    run: text('<id>', 'Only of this run'),
    spec: text('<id>', 'Only of this spec'),
    stage: text('<name>', 'Only of this stage'),
    status: choice(EXECUTION_STATUSES, 'Only in this status'),
    ...listOptions,
  },

  async run(context, _args, { run, spec, stage, status, ...list }) {
    const store = await context.open()
    return printList(context, list, {
      fetch: (page) => store.executions.list({ runId: run, specId: spec, stage, status, ...page }),
      columns: executionColumns(context.paint),
      none: 'No executions.',
    })
  },
})
