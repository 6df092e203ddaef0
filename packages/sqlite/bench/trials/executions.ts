import {
  callers,
  completing,
  type Goal,
  short,
  spawning,
  type Trial,
} from '@consensus-store/conformance/bench'
import type { Durability } from '@consensus-store/sqlite'
import { bareExecutions } from '../bare/executions.ts'
import { naiveExecutions } from '../naive/executions.ts'
import { runningRuns, spawnedAgents } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'
import type { Sizes } from './sizes.ts'

export const executionTrials = (shop: Workshop, { usual }: Sizes): readonly Trial[] =>
  (['normal', 'full'] as const).flatMap((durability) =>
    [1, 100].flatMap((count) => [
      {
        title: `executions.spawn, ${callers(count)}, ${durability} durability, at ${short(usual)}`,
        operations: count,
        baseline: 'bare',
        goals: count === 1 ? goals(0.7, 0.9) : grouped[durability],
        variants: writing(shop, usual, durability, {
          bare: (database, path) => spawning(bareExecutions(database).spawn, runningRuns(path), count),
          store: ({ executions }, path) => spawning(executions.spawn, runningRuns(path), count),
          kysely: (db, path) => spawning(naiveExecutions(db).spawn, runningRuns(path), count),
        }),
      },
      {
        title: `executions.complete, ${callers(count)}, ${durability} durability, at ${short(usual)}`,
        operations: count,
        baseline: 'bare',
        goals: count === 1 ? goals(0.7, 0.9) : grouped[durability],
        variants: writing(shop, usual, durability, {
          bare: (database, path) => completing(bareExecutions(database).complete, spawnedAgents(path), count),
          store: ({ executions }, path) =>
            completing(
              (agentId, response) => executions.complete(agentId, { response }),
              spawnedAgents(path),
              count,
            ),
          kysely: (db, path) => completing(naiveExecutions(db).complete, spawnedAgents(path), count),
        }),
      },
    ]),
  )

/** What waiting writes gain by sharing a commit. */
const grouped: Readonly<Record<Durability, readonly Goal[]>> = {
  normal: goals(2.5, 3.5),
  full: goals(8, 10),
}
