import type { Page } from '@consensus-store/core'
import type { Context } from './command.ts'
import { flag, whole } from './option.ts'
import type { Column } from './table.ts'

const PAGE = 1_000
const DEFAULT_ROWS = 50

/** The options of every verb that lists. */
export const listOptions = {
  limit: whole('<count>', 'The newest so many', { min: 1, fallback: DEFAULT_ROWS }),
  all: flag('Every one there is'),
}

export interface ListRequest {
  readonly limit: number
  readonly all: boolean
}

type Fetch<Row> = (request: { limit: number; cursor: string | undefined }) => Promise<Page<Row>>

/** Prints a list a page at a time: a table for people, one object per line for machines. */
export async function printList<Row>(
  { json, printJson, printTable, remark }: Context,
  { limit, all }: ListRequest,
  { fetch, columns, none }: { fetch: Fetch<Row>; columns: readonly Column<Row>[]; none: string },
): Promise<0> {
  let printed = 0
  let more = false

  async function* pages() {
    let left = all ? Number.POSITIVE_INFINITY : limit
    let cursor: string | undefined
    do {
      const page = await fetch({ limit: Math.min(left, PAGE), cursor })
      yield page.items
      printed += page.items.length
      left -= page.items.length
      cursor = page.next
    } while (cursor && left > 0)
    more = cursor !== undefined
  }

  if (json) for await (const rows of pages()) for (const row of rows) await printJson(row)
  else await printTable(columns, pages())

  if (printed === 0 && !json) remark(none)
  if (more) remark(`These are the newest ${printed}; --all shows every one.`)
  return 0
}
