import { callers, completing, short, spawning, type Trial } from '@consensus-store/conformance/bench'
import { bareExecutions } from '../bare/executions.ts'
import { runningRuns, spawnedAgents } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'

export const executionTrials = (shop: Workshop, runs: number): readonly Trial[] =>
  [1, 100].flatMap((count) => {
    const trial = {
      operations: count,
      baseline: 'bare',
      goals: count === 1 ? goals(1.5, 2.5) : goals(2.5, 5),
    }
    return [
      {
        ...trial,
        title: `executions.spawn, ${callers(count)}, at ${short(runs)}`,
        variants: writing(shop, runs, {
          byHand: {
            bare: (pool, supply) => spawning(bareExecutions(pool).spawn, runningRuns(supply), count),
          },
          store: ({ executions }, supply) => spawning(executions.spawn, runningRuns(supply), count),
        }),
      },
      {
        ...trial,
        title: `executions.complete, ${callers(count)}, at ${short(runs)}`,
        variants: writing(shop, runs, {
          byHand: {
            bare: (pool, supply) => completing(bareExecutions(pool).complete, spawnedAgents(supply), count),
          },
          store: ({ executions }, supply) =>
            completing(
              (agentId, response) => executions.complete(agentId, { response }),
              spawnedAgents(supply),
              count,
            ),
        }),
      },
    ]
  })
