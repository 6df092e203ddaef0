// All of it or none of it: what a callback throws undoes everything it did, and is what the caller gets.
import { memoryStore } from '@consensus-store/memory'

const store = memoryStore()
await store.runs.start({ id: 'plan-1', specId: 'checkout', stage: 'plan' })

// The callback may run more than once, so it works with `tx` and with nothing outside.
const finish = (markdown: string) =>
  store.transaction(async (tx) => {
    await tx.syntheses.add({ runId: 'plan-1', verdict: 'unanimous', markdown })
    const run = await tx.runs.conclude('plan-1', { verdict: 'unanimous' })
    console.log(`inside   the run is ${run.status}`)
    if (markdown === '') throw new Error('There is nothing to say')
    return run
  })

await finish('').catch((error) => console.log(`undone   ${error.message}`))
console.log(`after    the run is ${(await store.runs.get('plan-1'))?.status}`)

await finish('Charge once.')
console.log(`after    the run is ${(await store.runs.get('plan-1'))?.status}`)

// The store itself cannot be used inside: it would wait for the transaction that waits for it.
await store
  .transaction(() => store.runs.get('plan-1'))
  .catch((error) => console.log(`${error.code}  ${error.message}`))

await store.close()
