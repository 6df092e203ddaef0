import { type ConsensusStore, notFound, type Run, StoreError, type Synthesis } from '@consensus-store/core'
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
    const synthesis = await newestOf(store, run)

    if (markdown) {
      const complete = await withMarkdown(store, run, synthesis?.id)
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

async function newestOf(store: ConsensusStore, { id, archivedAt }: Run): Promise<Synthesis | undefined> {
  if (!archivedAt) return (await store.syntheses.list({ runId: id, limit: 1 })).items[0]
  const archived = await archivedNewest(store, id)
  if (!archived) return undefined
  const { markdown: _, ...synthesis } = archived
  return synthesis
}

async function withMarkdown(store: ConsensusStore, { id, archivedAt }: Run, synthesisId: string | undefined) {
  const synthesis = archivedAt
    ? await archivedNewest(store, id)
    : synthesisId !== undefined && (await store.syntheses.get(synthesisId))
  if (!synthesis) throw new StoreError('NOT_FOUND', `Run ${id} has no synthesis yet`)
  return synthesis
}

/** The syntheses of an archived run are in its bundle alone, oldest first. */
const archivedNewest = async ({ runs }: ConsensusStore, runId: string) =>
  (await runs.bundle(runId))?.syntheses.at(-1)
