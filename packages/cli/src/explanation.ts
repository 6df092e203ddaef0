import { type ConsensusStore, notFound, type Route } from '@consensus-store/core'
import type { Explanation, ExplanationStep, RoutingCachedStore } from '@consensus-store/redis'
import type { Context, Outcome } from './command.ts'
import type { Column } from './table.ts'

/** Prints, agent by agent, who was asked for its route, who answered, and how long each took. NOT_FOUND names those without one. */
export async function printExplanations(
  context: Context,
  store: ConsensusStore,
  agents: readonly string[],
): Promise<Outcome> {
  const unknown: string[] = []

  async function* explained() {
    for (const agentId of agents) {
      const { route, steps } = await explain(store, agentId)
      if (!route) unknown.push(agentId)
      yield { agentId, route, steps }
    }
  }

  async function* rows() {
    for await (const { steps, ...of } of explained()) yield steps.map((step): Row => ({ ...of, ...step }))
  }

  if (context.json) for await (const each of explained()) await context.printJson(each)
  else await context.printTable(columns, rows())
  if (unknown.length > 0) throw notFound('agent', unknown.join(', '))
  return 0
}

async function explain(store: ConsensusStore, agentId: string): Promise<Explanation> {
  if (isCached(store)) return store.explain(agentId)
  const began = performance.now()
  const route = await store.routes.find(agentId)
  const ms = performance.now() - began
  return { route, steps: [{ tier: 'store', answered: true, ms, why: undefined }] }
}

const isCached = (store: ConsensusStore): store is RoutingCachedStore => 'explain' in store

interface Row extends ExplanationStep {
  readonly agentId: string
  readonly route: Route | undefined
}

const columns: readonly Column<Row>[] = [
  { title: 'agent', value: ({ agentId }) => agentId, narrow: 'keep' },
  { title: 'asked', value: ({ tier }) => tier, narrow: 'keep' },
  { title: 'ms', value: ({ ms }) => ms.toFixed(2), align: 'right', narrow: 'whole' },
  { title: 'answer', value: answerOf },
]

function answerOf({ answered, why, route }: Row): string {
  if (!answered) return `none: ${why}`
  return route ? `run ${route.runId}, ${route.phaseType}` : 'no such agent'
}
