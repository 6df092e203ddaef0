import type { Goal, Prepared, Trial } from '@consensus-store/conformance/bench'
import type { Durability } from '@consensus-store/sqlite'
import { bareExecutions } from '../bare/executions.ts'
import { naiveExecutions } from '../naive/executions.ts'
import { runningRuns, spawnedAgents } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { callers, together } from './callers.ts'
import { goals } from './goals.ts'
import { type Sizes, short } from './sizes.ts'

const RESPONSE = 'Two tables are enough, and the list needs an index on the time. '.repeat(8)

export const executionTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] =>
  (['normal', 'full'] as const).flatMap((durability) =>
    [1, 100].flatMap((count) => [
      {
        title: `executions.spawn, ${callers(count)}, ${durability} durability, at ${short(usual)}`,
        operations: count,
        baseline: 'bare',
        goals: count === 1 ? goals(0.7, 0.9) : grouped[durability],
        variants: writing(shop, usual, durability, {
          bare: (database, path) => spawning(bareExecutions(database).spawn, path, count),
          store: ({ executions }, path) => spawning(executions.spawn, path, count),
          kysely: (db, path) => spawning(naiveExecutions(db).spawn, path, count),
        }),
      },
      {
        title: `executions.complete, ${callers(count)}, ${durability} durability, at ${short(usual)}`,
        operations: count,
        baseline: 'bare',
        goals: count === 1 ? goals(0.7, 0.9) : grouped[durability],
        variants: writing(shop, usual, durability, {
          bare(database, path) {
            const { complete } = bareExecutions(database)
            return completing((agentId) => complete(agentId, RESPONSE), path, count)
          },
          store: ({ executions }, path) =>
            completing((agentId) => executions.complete(agentId, { response: RESPONSE }), path, count),
          kysely(db, path) {
            const { complete } = naiveExecutions(db)
            return completing((agentId) => complete(agentId, RESPONSE), path, count)
          },
        }),
      },
    ]),
  )

/** What waiting writes gain by sharing a commit. */
const grouped: Readonly<Record<Durability, readonly Goal[]>> = {
  normal: goals(2.5, 3.5),
  full: goals(8, 10),
}

function spawning(
  spawn: (execution: { runId: string; agentName: string; phaseType: 'regular-stage' }) => unknown,
  path: string,
  count: number,
): Prepared {
  const { take, restock } = runningRuns(path)
  const one = () => spawn({ runId: take(), agentName: 'gemini', phaseType: 'regular-stage' })
  return { restock: (runs) => restock(runs * count), run: together(one, count) }
}

function completing(complete: (agentId: string) => unknown, path: string, count: number): Prepared {
  const { take, restock } = spawnedAgents(path)
  return { restock: (runs) => restock(runs * count), run: together(() => complete(take()), count) }
}
