import { cycle, named, type Prepared, type Suite, type Trial } from '@consensus-store/conformance/bench'
import { fold } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { aLog } from './a-log.ts'
import { foldByHand } from './by-hand.ts'

/** What needs no database: folding, and a run that grows long in the reference backend. */
export const memorySuite = (once: boolean): Suite => ({
  trials: named('memory', [
    ...(once ? [100, 1_000] : [100, 100_000]).map(folding),
    growing(once ? 10 : 1_000),
  ]),
  facts: () => ({}),
  async [Symbol.asyncDispose]() {},
})

/** Operations are events, of which a million a second are asked for. */
function folding(events: number): Trial {
  const log = aLog(events)
  return {
    title: `fold of ${events} events`,
    operations: events,
    baseline: 'by hand',
    goals: [{ variant: 'fold', atLeast: 0.3, aim: 0.6 }],
    variants: {
      'by hand': async () => ({ run: () => foldByHand('r', log) }),
      fold: async () => ({ run: () => fold('r', log) }),
    },
  }
}

/** What an event costs does not grow with its run. */
function growing(runs: number): Trial {
  const prepare = (count: number) => async (): Promise<Prepared> => {
    const store = memoryStore()
    const started = Array.from({ length: count }, () => store.runs.start({ specId: 'SPEC-1', stage: 'plan' }))
    const next = cycle((await Promise.all(started)).map(({ id }) => id))
    return {
      run: () => store.executions.spawn({ runId: next(), agentName: 'gemini', phaseType: 'regular-stage' }),
      close: () => store.close(),
    }
  }
  return {
    title: 'executions.spawn, all into one run',
    baseline: `into ${runs} runs`,
    goals: [{ variant: 'into one run', atLeast: 1 / 1.5, aim: 1 }],
    variants: { [`into ${runs} runs`]: prepare(runs), 'into one run': prepare(1) },
  }
}
