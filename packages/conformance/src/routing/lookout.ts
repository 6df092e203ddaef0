import type { ConsensusStore } from '@consensus-store/core'
import { type Find, factsOf, instant } from './observations.ts'

/** Looks for agents and keeps what it was told. */
export interface Lookout {
  readonly finds: readonly Find[]
  /** Looks for agents by one call: `find` for one, `findMany` for several. */
  look(agentIds: readonly string[]): Promise<void>
  /** The same without being waited for, until `settled`. */
  glance(agentIds: readonly string[]): void
  /** Resolves when every glance has been answered; rejects if one was refused. */
  settled(): Promise<void>
}

export function lookout({ routes }: Pick<ConsensusStore, 'routes'>, by: string): Lookout {
  const finds: Find[] = []
  const glances: Promise<void>[] = []

  const note = (agentId: string, began: number, facts: string | null) =>
    finds.push({ agentId, by, began, ended: instant(), facts })

  async function look(agentIds: readonly string[]): Promise<void> {
    const began = instant()
    if (agentIds.length === 1) {
      const route = await routes.find(agentIds[0]!)
      note(agentIds[0]!, began, route ? factsOf(route) : null)
    } else {
      const found = await routes.findMany(agentIds)
      for (const agentId of agentIds) {
        const route = found.get(agentId)
        note(agentId, began, route ? factsOf(route) : null)
      }
    }
  }

  return {
    finds,
    look,
    glance(agentIds) {
      const looking = look(agentIds)
      // Who waits for all of them hears of it.
      looking.catch(() => undefined)
      glances.push(looking)
    },
    async settled() {
      await Promise.all(glances)
    },
  }
}
