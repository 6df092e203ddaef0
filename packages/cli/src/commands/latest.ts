import { type ConsensusStore, notFound, StoreError } from '@consensus-store/core'
import { synthesisColumns } from '../columns.ts'
import { command } from '../command.ts'
import { printRun } from '../history-view.ts'
import { flag } from '../option.ts'

export const latest = command({
  summary: 'Show the newest run of a stage, with its newest synthesis',
  details: 'Exits with 1 if the stage has no run yet or, with --markdown, if that run has no synthesis yet.',
  args: ['<spec>', '<stage>'],
  options: { markdown: flag("Print the synthesis's markdown, and without --json nothing else") },

  async run(context, [specId, stage], { markdown }) {
    const store = await context.open()
    const run = await store.runs.latest({ specId, stage })
    if (!run) throw notFound('run', `of ${specId}, stage ${stage}`)
    const { items } = await store.syntheses.list({ runId: run.id, limit: 1 })
    const [synthesis] = items

    if (markdown) {
      const complete = await withMarkdown(store, synthesis?.id, run.id)
      await (context.json
        ? context.printJson({ run, synthesis: complete })
        : context.printBody(complete.markdown))
    } else if (context.json) await context.printJson({ run, synthesis: synthesis ?? null })
    else {
      await printRun(context, run)
      await context.print('')
      if (synthesis) await context.printTable(synthesisColumns(context.paint), [[synthesis]])
      else await context.print('It has no synthesis yet.')
    }
    return 0
  },
})

async function withMarkdown(store: ConsensusStore, id: string | undefined, runId: string) {
  const synthesis = id === undefined ? undefined : await store.syntheses.get(id)
  if (!synthesis) throw new StoreError('NOT_FOUND', `Run ${runId} has no synthesis yet`)
  return synthesis
}
