import { type Events, eventQuery, name } from '@consensus-store/core'
import type { MemoryContext } from './context.ts'

export function events({ read }: MemoryContext): Events {
  return {
    async read(runId, query) {
      const { after, limit } = eventQuery(query)
      return (read().logs.get(name(runId, 'runId')) ?? []).slice(after, after + limit)
    },

    async readAll(query) {
      const { after, limit } = eventQuery(query)
      return read().log.slice(after, after + limit)
    },
  }
}
