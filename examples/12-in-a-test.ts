// A test decides what time it is and which ids there are, and has a store of its own.
import { memoryStore } from '@consensus-store/memory'

let ids = 0
const env = { now: () => new Date('2026-01-05T09:00:00Z'), newId: () => `id-${++ids}` }
const store = memoryStore({ env })

const run = await store.runs.start({ specId: 'checkout', stage: 'plan' })
console.log(`${run.id} began at ${run.startedAt.toISOString()}`)
await store.close()
