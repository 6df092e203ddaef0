import type { Context } from './command.ts'
import { flag, whole } from './option.ts'
import { type Fetch, pagesOf } from './pages.ts'
import type { Column } from './table.ts'

const DEFAULT_ROWS = 50

/** The options of every verb that lists. */
export const listOptions = {
  limit: whole('<count>', `The newest so many (${DEFAULT_ROWS} unless given)`, {
    min: 1,
    fallback: undefined,
  }),
  all: flag('Every one there is'),
}

export interface ListRequest {
  readonly limit: number | undefined
  readonly all: boolean
}

export interface Listing<Row> {
  readonly fetch: Fetch<Row>
  readonly columns: readonly Column<Row>[]
  /** What to say when the list is empty. */
  readonly none: string
}

/** Prints a list a page at a time: a table for people, one object per line for machines. Says so when it stops early. */
export async function printList<Row>(
  { json, printJson, printTable, remark }: Context,
  { limit = DEFAULT_ROWS, all }: ListRequest,
  { fetch, columns, none }: Listing<Row>,
): Promise<0> {
  let printed = 0
  let cutShort = false

  async function* pages() {
    for await (const { rows, more } of pagesOf(fetch, all ? undefined : limit)) {
      yield rows
      printed += rows.length
      cutShort = more
    }
  }

  if (json) for await (const rows of pages()) for (const row of rows) await printJson(row)
  else await printTable(columns, pages())

  if (printed === 0 && !json) remark(none)
  if (cutShort) remark(`These are the newest ${printed}; --all shows every one.`)
  return 0
}
