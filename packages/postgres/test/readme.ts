import { postgresStore } from '@consensus-store/postgres'

const store = await postgresStore({ url: process.env.DATABASE_URL })
const stage = { specId: 'checkout', stage: 'plan' }

const { id } = await store.runs.start({ ...stage, expectedAgents: ['claude', 'gemini'] })
await store.artifacts.add({ runId: id, agentName: 'claude', content: { charge: 'once' } })
await store.runs.conclude(id, { verdict: 'degraded', missingAgents: ['gemini'] })

const latest = await store.runs.latest(stage)
console.log(`${latest?.verdict}, without ${latest?.missingAgents.join()}`)
await store.close()
