import type { Route } from '@consensus-store/core'

/** Who was asked for a route, in their order, and who answered. */
export interface Explanation {
  readonly route: Route | undefined
  readonly steps: readonly ExplanationStep[]
}

/** One who was asked for a route. */
export interface ExplanationStep {
  readonly tier: 'near' | 'redis' | 'store'
  /** Whether the route came from here; for the store also when there is none. */
  readonly answered: boolean
  readonly ms: number
  /** Why not, where it did not answer. */
  readonly why: string | undefined
}

/** One tier, asked without changing anything: the route, or why there is none from here. */
export interface Tier {
  readonly tier: ExplanationStep['tier']
  readonly ask: (agentId: string) => Promise<{ readonly route: Route | undefined } | { readonly why: string }>
}

/** Asks one tier after the other until one answers. */
export async function explain(agentId: string, tiers: readonly Tier[]): Promise<Explanation> {
  const steps: ExplanationStep[] = []
  for (const { tier, ask } of tiers) {
    const began = performance.now()
    const said = await ask(agentId)
    const ms = performance.now() - began
    const answered = 'route' in said
    steps.push({ tier, answered, ms, why: answered ? undefined : said.why })
    if (answered) return { route: said.route, steps }
  }
  return { route: undefined, steps }
}
