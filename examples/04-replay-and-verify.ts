// Every change is an event, written with its row. Folding a run's events gives its rows, at any point of its past.
import { type Env, eventsOf, replay } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

// A store takes its time and its ids from outside, so a test can stand still.
const env: Env = { now: () => new Date('2026-01-05T09:00:00Z'), newId: () => 'unused' }
const store = memoryStore({ env })

await store.runs.start({ id: 'plan-1', specId: 'checkout', stage: 'plan' })
await store.executions.spawn({
  agentId: 'a-1',
  runId: 'plan-1',
  agentName: 'gemini',
  phaseType: 'regular-stage',
})
await store.executions.complete('a-1', { response: 'Charge once' })
await store.runs.conclude('plan-1', { verdict: 'unanimous' })

for await (const { sequence, type, at } of eventsOf(store, 'plan-1')) {
  const { run, executions } = await replay(store, 'plan-1', { to: sequence })
  const agents = [...executions.values()].map(({ agentName, status }) => `${agentName} ${status}`)
  console.log(
    `${sequence}  ${at.toISOString()}  ${type.padEnd(19)}  run ${run.status}; ${agents.join() || 'no agents'}`,
  )
}

const { runs, events, differences } = await store.verify()
console.log(`verified ${runs} run and ${events} events: ${differences.length} differences`)

await store.close()
