import { type Event, type Events, eventQuery, name } from '@consensus-store/core'
import type { MemoryContext } from './context.ts'
import type { State } from './state.ts'

export function events({ read, position }: MemoryContext): Events {
  return {
    async read(runId, query) {
      const { after, limit } = eventQuery(query)
      return (read().logs.get(name(runId, 'runId')) ?? []).slice(after, after + limit)
    },

    async readAll(query) {
      const { after, limit } = eventQuery(query)
      return page(read().log, after, limit)
    },

    position: async () => position(),
  }
}

/** Whether there is anything to be read behind a position. */
export const isBehind = ({ log }: State, position: number): boolean => page(log, position, 1).length > 0

function page(log: State['log'], after: number, limit: number): Event[] {
  const found: Event[] = []
  for (let i = after; i < log.length && found.length < limit; i++) {
    const event = log[i]
    if (event) found.push(event)
  }
  return found
}
