// A follower makes something of every event, exactly once, and goes on where it was after a restart.
import { watch } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

const store = memoryStore()

/** Counts the agents of each stage, until it has dealt with everything up to a position. */
async function follow(upTo: number, counts: Map<string, number>): Promise<void> {
  const filter = { specId: 'checkout', types: ['execution.spawned'] }
  for await (const { position, runId } of watch(store, {
    after: await store.cursors.load('counter'),
    filter,
  })) {
    const { stage } = (await store.runs.get(runId))!
    counts.set(stage, (counts.get(stage) ?? 0) + 1)
    await store.cursors.save('counter', position)
    if (position >= upTo) break
  }
}

async function spawn(specId: string, stage: string, ...agents: readonly string[]): Promise<number> {
  const { id: runId } = await store.runs.start({ specId, stage })
  for (const agentName of agents)
    await store.executions.spawn({ runId, agentName, phaseType: 'regular-stage' })
  return store.events.position()
}

const counts = new Map<string, number>()
await spawn('search', 'plan', 'gemini')
await follow(await spawn('checkout', 'plan', 'gemini', 'claude'), counts)
console.log('there was ', Object.fromEntries(counts))

// What comes while it waits is told as soon as it is there.
const following = follow((await store.events.position()) + 3, counts)
await spawn('checkout', 'tasks', 'claude', 'code')
await following
console.log('then came ', Object.fromEntries(counts))

await store.close()
