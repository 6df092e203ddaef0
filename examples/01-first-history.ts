import { sqliteStore } from '@consensus-store/sqlite'

const store = await sqliteStore({ path: 'history.db' })
const stage = { specId: 'checkout', stage: 'plan' }

const run = await store.runs.start({ ...stage, expectedAgents: ['claude', 'gemini'] })
const claude = { runId: run.id, agentName: 'claude', phaseType: 'regular-stage' } as const
const { agentId } = await store.executions.spawn(claude)

// Minutes later an answer comes in, with nothing but its agent id.
const route = await store.routes.find(agentId)
console.log(`${route?.agentName} answers to ${route?.specId}, ${route?.stage}`)
await store.executions.complete(agentId, { response: 'Charge the card once.' })
await store.artifacts.add({ runId: run.id, agentName: 'claude', content: { charge: 'once' } })

await store.syntheses.add({ runId: run.id, verdict: 'degraded', markdown: 'Charge once; gemini is missing.' })
await store.runs.conclude(run.id, { verdict: 'degraded', missingAgents: ['gemini'] })

const latest = await store.syntheses.latest(stage)
console.log(`${latest?.verdict}: ${latest?.markdown}`)
await store.close()
