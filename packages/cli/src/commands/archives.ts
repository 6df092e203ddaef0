import { resolve } from 'node:path'
import { type Archive, type ConsensusStore, type Run, readArchive } from '@consensus-store/core'
import { minute, size } from '../columns.ts'
import { type Context, command, type Outcome } from '../command.ts'
import { counted } from '../counted.ts'
import { eachRun } from '../each-run.ts'
import { listOptions, printList } from '../listing.ts'
import { text } from '../option.ts'
import type { Column } from '../table.ts'
import { UsageError } from '../usage-error.ts'

export const archives = command({
  summary: 'List archives, last archived first, or bring runs back out of them',
  details:
    'restore puts runs back with all they owned. With --from it takes one from a file that archive --folder has kept, whether ' +
    'the store knows the run or not. A run that cannot be put back, because its archive is damaged or another run has an id of ' +
    'its by now, is left as it is, and the exit code is 1; the others are still put back.',
  args: ['[restore]', '[run...]'],
  options: {
    from: text('<file>', 'With restore: the file of one run, instead of its name'),
    ...listOptions,
  },

  async run(context, [action, ids], { from, ...list }) {
    if (action === undefined) {
      if (from !== undefined) throw new UsageError('--from goes with archives restore')
      const store = await context.open()
      return printList(context, list, {
        fetch: (page) => store.archives.list(page),
        columns,
        none: 'No archives.',
      })
    }
    if (action !== 'restore') throw new UsageError(`archives takes restore, not ${JSON.stringify(action)}`)
    if ((ids.length === 0) === (from === undefined))
      throw new UsageError('archives restore needs <run>, or --from <file>')
    if (list.all || list.limit !== undefined)
      throw new UsageError('--limit and --all are for the list, not for archives restore')
    if (from !== undefined) return restoreEach(context, [resolve(context.io.cwd, from)], fromFile)
    return restoreEach(context, ids, (store, id) => store.archives.restore(id))
  },
})

/** Where the run is archived too, its file says no more than that. */
async function fromFile(store: ConsensusStore, file: string): Promise<Run> {
  const run = await store.runs.record(await readArchive(file))
  return run.archivedAt ? store.archives.restore(run.id) : run
}

async function restoreEach(
  context: Context,
  names: readonly string[],
  restore: (store: ConsensusStore, name: string) => Promise<Run>,
): Promise<Outcome> {
  const { open, json, print, printJson, quote } = context
  const store = await open()
  return eachRun(context, names, async (name) => {
    const run = await restore(store, name)
    await (json
      ? printJson(run)
      : print(`Run ${quote(run.id)} is back, with ${counted(run.lastSequence, 'event')}.`))
  })
}

const columns: readonly Column<Archive>[] = [
  { title: 'run', value: ({ runId }) => runId, narrow: 'keep' },
  { title: 'archived (UTC)', value: ({ archivedAt }) => minute(archivedAt), narrow: 'whole' },
  { title: 'bytes', value: ({ bytes }) => size(bytes), align: 'right', narrow: 'whole' },
  { title: 'for', value: ({ bundleBytes }) => size(bundleBytes), align: 'right', narrow: 'whole' },
  { title: 'checksum', value: ({ checksum }) => checksum },
]
