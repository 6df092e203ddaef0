// Whatever is not a backend is a function from store to store. `intercept` passes every call, inside transactions too,
// through one function, so that a decorator cannot forget a method.
import { type ConsensusStore, intercept, StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

/** A store that tells what was asked of it, and how that ended. */
const withTracing = (store: ConsensusStore, trace: (line: string) => void): ConsensusStore =>
  intercept(store, async (operation, call) => {
    try {
      const result = await call()
      trace(`${operation} ok`)
      return result
    } catch (error) {
      trace(`${operation} ${error instanceof StoreError ? error.code : error}`)
      throw error
    }
  })

const store = withTracing(memoryStore(), (line) => console.log(line))

await store.transaction(async (tx) => {
  await tx.runs.start({ id: 'plan-1', specId: 'checkout', stage: 'plan' })
  await tx.artifacts.add({ runId: 'plan-1', agentName: 'claude', content: { charge: 'once' } })
})
await store.runs.abandon('plan-1')
await store.runs.conclude('plan-1', { verdict: 'failed' }).catch(() => {})
await store.close()
