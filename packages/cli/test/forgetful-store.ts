import type { ConsensusStore, Env, Execution } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

/** Right but for the third agent spawned outside a transaction: it answers without saying who that is. */
export function forgetfulStore(env: Env): ConsensusStore {
  const store = memoryStore({ env })
  let spawned = 0
  return {
    ...store,
    executions: {
      ...store.executions,
      async spawn(input) {
        const execution: Partial<Execution> = await store.executions.spawn(input)
        if (++spawned === 3) delete (execution as { agentName?: string }).agentName
        return execution as Execution
      },
    },
  }
}
