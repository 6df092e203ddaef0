// Whatever a store rejects with is a StoreError: branch on its code. What is retryable may be repeated as it is.
import { StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

const store = memoryStore()
await store.runs.start({ id: 'plan-1', specId: 'checkout', stage: 'plan' })
await store.runs.abandon('plan-1')

try {
  await store.runs.conclude('plan-1', { verdict: 'unanimous' })
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  console.log(`${error.code}: ${error.message}`)
  console.log(error.retryable ? 'Try again' : 'Trying again would change nothing')
}
await store.close()
