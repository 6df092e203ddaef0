import { postgresStore } from '@consensus-store/postgres'
import { withRoutingCache } from '@consensus-store/redis'

const history = await postgresStore({ url: process.env.DATABASE_URL })
const store = withRoutingCache(history, { redis: process.env.REDIS_URL ?? 'redis://localhost:6379' })

const { id } = await store.runs.start({ specId: 'checkout', stage: 'plan' })
await store.executions.spawn({ agentId: 'a-17', runId: id, agentName: 'claude', phaseType: 'regular-stage' })

const route = await store.routes.find('a-17')
console.log(`${route?.agentName} answers to ${route?.specId}, ${route?.stage}`)
await store.close()
