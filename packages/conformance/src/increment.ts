import type { Nouns } from '@consensus-store/core'

/** Work that adds an artifact whose content says how many there were: two that read the same count say the same. */
export const increment = (runId: string) => async (tx: Pick<Nouns, 'artifacts'>) => {
  const { items } = await tx.artifacts.list({ runId, limit: 1_000 })
  await tx.artifacts.add({ runId, agentName: 'counter', content: items.length + 1 })
}
