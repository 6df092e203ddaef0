// A follower makes something of every event, exactly once, and goes on where it was after a restart: what it writes and how far
// it is are one transaction. If it did something elsewhere, such as sending a message, that would be at least once.
import { watch } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

const store = memoryStore()
await store.runs.start({ id: 'notes', specId: 'notes', stage: 'agents' })

/** Notes the stage of every agent that is sent out for the spec, until it has dealt with so many. */
async function follow(agents: number): Promise<void> {
  const after = await store.cursors.load('noter')
  const filter = { specId: 'checkout', types: ['execution.spawned'] }

  for await (const { position, runId } of watch(store, { after, filter })) {
    const stage = (await store.runs.get(runId))?.stage ?? 'of a deleted run'
    await store.transaction(async (tx) => {
      await tx.artifacts.add({ runId: 'notes', agentName: 'noter', content: null, metadata: { stage } })
      await tx.cursors.save('noter', position)
    })
    agents -= 1
    if (agents === 0) break
  }
}

async function spawn(specId: string, stage: string, ...agents: readonly string[]): Promise<void> {
  const { id: runId } = await store.runs.start({ specId, stage })
  for (const agentName of agents)
    await store.executions.spawn({ runId, agentName, phaseType: 'regular-stage' })
}

async function noted(): Promise<string> {
  const { items } = await store.artifacts.list({ runId: 'notes' })
  return items
    .map(({ metadata }) => (metadata as { stage: string }).stage)
    .toReversed()
    .join(', ')
}

await spawn('search', 'plan', 'gemini')
await spawn('checkout', 'plan', 'gemini', 'claude')
await follow(2)
console.log('there was ', await noted())

// What comes while it waits is told as soon as it is there; what it noted before is not told again.
const following = follow(2)
await spawn('checkout', 'tasks', 'claude', 'code')
await following
console.log('then came ', await noted())

await store.close()
