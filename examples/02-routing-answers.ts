// An answer arrives with an agent id and nothing else. Its route, fixed when the agent was spawned, names the handler.
import type { PhaseType, Route } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

const store = memoryStore()

const handlers: Record<PhaseType, (route: Route, answer: string) => void> = {
  'quality-gate': ({ agentName, stage }, answer) =>
    console.log(`gate     ${stage} by ${agentName}: ${answer}`),
  'regular-stage': ({ agentName, stage }, answer) =>
    console.log(`stage    ${stage} by ${agentName}: ${answer}`),
}

await store.runs.start({ id: 'plan-1', specId: 'checkout', stage: 'plan' })
await store.runs.start({ id: 'audit-1', specId: 'checkout', stage: 'audit' })
await store.executions.spawn({
  agentId: 'a-17',
  runId: 'plan-1',
  agentName: 'gemini',
  phaseType: 'regular-stage',
})
await store.executions.spawn({
  agentId: 'a-18',
  runId: 'audit-1',
  agentName: 'claude',
  phaseType: 'quality-gate',
})

const inbox = new Map([
  ['a-18', 'Card numbers reach the log'],
  ['a-17', 'Charge once'],
  ['a-99', 'Hello?'],
])

// One lookup for all of them, as of one moment. Agents that were never spawned are absent.
const routes = await store.routes.findMany([...inbox.keys()])

for (const [agentId, response] of inbox) {
  const route = routes.get(agentId)
  if (!route) {
    console.log(`nobody   sent ${agentId}: ${response}`)
    continue
  }
  await store.executions.complete(agentId, { response })
  handlers[route.phaseType](route, response)
}

// A network that delivers twice changes nothing; an agent that changes its mind is refused.
await store.executions.complete('a-17', { response: 'Charge once' })
await store.executions
  .complete('a-17', { response: 'Charge twice' })
  .catch((error) => console.log(`${error.code} ${error.message}`))

await store.close()
