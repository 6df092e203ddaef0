// Lists are newest first. A cursor carries the place where a page ended, so rows may come and go between pages.
import type { Env } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

let minutes = 0
const env: Env = { now: () => new Date(Date.UTC(2026, 0, 5, 9, minutes++)), newId: () => 'unused' }
const store = memoryStore({ env })

for (const id of ['one', 'two', 'three', 'four', 'five']) {
  await store.runs.start({ id, specId: 'checkout', stage: 'plan' })
}

let cursor: string | undefined
do {
  const page = await store.runs.list({ specId: 'checkout', limit: 2, cursor })
  console.log(page.items.map(({ id }) => id).join(', '))

  // A run that starts meanwhile is newer than the first page: it moves nothing that is still to come.
  await store.runs.start({ id: `late ${minutes}`, specId: 'checkout', stage: 'plan' })
  cursor = page.next
} while (cursor)

// A cursor belongs to its question.
const { next } = await store.runs.list({ limit: 1 })
await store.runs
  .list({ specId: 'checkout', cursor: next })
  .catch((error) => console.log(`${error.code}: ${error.message}`))

await store.close()
