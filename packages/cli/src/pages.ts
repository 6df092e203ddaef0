import type { Page } from '@consensus-store/core'

const LARGEST_PAGE = 1_000

export type Fetch<Row> = (request: { limit: number; cursor: string | undefined }) => Promise<Page<Row>>

export interface FetchedPage<Row> {
  readonly rows: readonly Row[]
  /** Whether the list goes on after this page. */
  readonly more: boolean
}

/** Up to `limit` rows of a list, fetched a page at a time as they are consumed. */
export async function* pagesOf<Row>(
  fetch: Fetch<Row>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<FetchedPage<Row>> {
  let left = limit
  let cursor: string | undefined
  do {
    const page = await fetch({ limit: Math.min(left, LARGEST_PAGE), cursor })
    yield { rows: page.items, more: page.next !== undefined }
    left -= page.items.length
    cursor = page.next
  } while (cursor !== undefined && left > 0)
}

/** A whole list, oldest first, for what one run owns. */
export async function oldestFirst<Row>(fetch: Fetch<Row>): Promise<readonly Row[]> {
  const all: Row[] = []
  for await (const { rows } of pagesOf(fetch)) all.push(...rows)
  return all.reverse()
}
