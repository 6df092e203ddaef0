import { MAX_LIMIT } from './argument.ts'
import type { Nouns } from './store.ts'

/** The ids of all runs that existed when the walk began, newest first. */
export async function* runIds({ runs }: Pick<Nouns, 'runs'>): AsyncGenerator<string> {
  let cursor: string | undefined
  do {
    const page = await runs.list({ limit: MAX_LIMIT, cursor })
    for (const { id } of page.items) yield id
    cursor = page.next
  } while (cursor)
}
