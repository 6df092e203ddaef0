import { agentIds, name, type Routes, routeOf } from '@consensus-store/core'
import type { MemoryContext } from './context.ts'
import { executionIn } from './state.ts'

export function routes({ read }: MemoryContext): Routes {
  return {
    async find(agentId) {
      const execution = executionIn(read(), name(agentId, 'agentId'))
      return execution && routeOf(execution)
    },

    async findMany(ids) {
      const state = read()
      const found = agentIds(ids).flatMap((agentId) => executionIn(state, agentId) ?? [])
      return new Map(found.map((execution) => [execution.agentId, routeOf(execution)]))
    },
  }
}
