import { type ConsensusStore, type Cursor, MAX_LIMIT } from '@consensus-store/core'
import { millisecond } from '../columns.ts'
import { type Context, command } from '../command.ts'
import type { Column } from '../table.ts'
import { UsageError } from '../usage-error.ts'

export const cursors = command({
  summary: 'List how far those are who follow the log, or delete cursors',
  details:
    'Watching with --cursor keeps one. Behind is how many positions the log has gone on since, and positions have gaps. ' +
    'What is deleted begins anew when it is next used. A cursor that is not there is no failure, so the same line may be repeated.',
  args: ['[delete]', '[name...]'],
  options: {},

  async run(context, [action, names]) {
    if (action === undefined) return list(context, await context.open())
    if (action !== 'delete') throw new UsageError(`cursors takes delete, not ${JSON.stringify(action)}`)
    if (names.length === 0) throw new UsageError('cursors delete needs <name>')
    const store = await context.open()
    for (const name of names) await remove(context, store, name)
    return 0
  },
})

async function list({ json, printJson, printTable, remark }: Context, store: ConsensusStore): Promise<0> {
  let listed = 0
  async function* pages(): AsyncGenerator<readonly Cursor[]> {
    let page: readonly Cursor[]
    let after: string | undefined
    do {
      page = await store.cursors.list({ after, limit: MAX_LIMIT })
      yield page
      listed += page.length
      after = page.at(-1)?.name
    } while (page.length === MAX_LIMIT)
  }

  if (json) for await (const page of pages()) for (const cursor of page) await printJson(cursor)
  else await printTable(columns(await store.events.position()), pages())
  if (listed === 0 && !json) remark('No cursors.')
  return 0
}

const columns = (end: number): readonly Column<Cursor>[] => [
  { title: 'cursor', value: ({ name }) => name, narrow: 'keep' },
  { title: 'position', value: ({ position }) => String(position), align: 'right', narrow: 'whole' },
  {
    title: 'behind',
    value: ({ position }) => String(Math.max(0, end - position)),
    align: 'right',
    narrow: 'whole',
  },
  { title: 'saved (UTC)', value: ({ savedAt }) => millisecond(savedAt), narrow: 'whole' },
]

async function remove(
  { json, print, printJson, quote, remark }: Context,
  store: ConsensusStore,
  name: string,
): Promise<void> {
  const position = await store.cursors.delete(name)
  if (position === undefined) remark(`There is no cursor ${quote(name)}.`)
  else if (json) await printJson({ name, position })
  else await print(`Deleted ${quote(name)}, which was at position ${position}.`)
}
