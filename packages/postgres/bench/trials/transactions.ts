import {
  AGENTS_PER_RUN,
  callers,
  type Prepared,
  type Stock,
  short,
  type Trial,
  together,
} from '@consensus-store/conformance/bench'
import { spawn } from '../bare/executions.ts'
import { getRun } from '../bare/runs.ts'
import { transactSerializably } from '../bare/transaction.ts'
import { runningRuns } from '../stock.ts'
import { writing } from '../variants.ts'
import type { Workshop } from '../workshop.ts'
import { goals } from './goals.ts'

const CALLERS = 10
const AGENT = { agentName: 'gemini', phaseType: 'regular-stage' } as const

export const transactionTrials = (shop: Workshop, runs: number): readonly Trial[] => [
  {
    title: `transaction that reads a run and spawns, ${callers(CALLERS)}, at ${short(runs)}`,
    operations: CALLERS,
    baseline: 'bare',
    goals: goals(0.9, 1),
    variants: writing(shop, runs, {
      byHand: {
        bare: (pool, supply) =>
          transacting(
            (runId) =>
              transactSerializably(pool, async (client) => {
                const run = await getRun(client, runId)
                return spawn(client, { runId: run!.id, ...AGENT })
              }),
            runningRuns(supply),
          ),
      },
      store: (store, supply) =>
        transacting(
          (runId) =>
            store.transaction(async (tx) => {
              const run = await tx.runs.get(runId)
              return tx.executions.spawn({ runId: run!.id, ...AGENT })
            }),
          runningRuns(supply),
        ),
    }),
  },
]

/** Every caller has a run of its own: of the four times a stock gives each, the others go to waste. */
function transacting(transact: (runId: string) => unknown, { take, restock }: Stock): Prepared {
  const one = () => {
    const runId = take()
    for (let i = 1; i < AGENTS_PER_RUN; i++) take()
    return transact(runId)
  }
  return {
    restock: (runs) => restock(runs * CALLERS * AGENTS_PER_RUN),
    run: together(one, CALLERS),
  }
}
