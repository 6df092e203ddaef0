import type { Bundle, NewArtifact, NewExecution, StageQuery } from '@consensus-store/core'
import { together } from './callers.ts'
import { agentId, cycle, sample, stageOf } from './filled.ts'
import { aBundle, content } from './sample-bundle.ts'
import type { Stock } from './stock.ts'
import type { Prepared } from './trial.ts'

const RESPONSE = 'Two tables are enough, and the list needs an index on the time. '.repeat(8)

/** Finds the routes of a filled history, so many callers at once. */
export function finding(find: (agentId: string) => unknown, runs: number, count = 1): Prepared {
  const next = cycle(sample(runs).map(agentId))
  return { run: together(() => find(next()), count) }
}

/** Finds a hundred routes of a filled history at a time. */
export function findingHundreds(find: (agentIds: readonly string[]) => unknown, runs: number): Prepared {
  const ids = sample(runs).map(agentId)
  const next = cycle(
    Array.from({ length: Math.floor(ids.length / 100) }, (_, i) => ids.slice(i * 100, i * 100 + 100)),
  )
  return { run: () => find(next()) }
}

/** Asks for the stages of a filled history one after the other. */
export function asking(latest: (stage: StageQuery) => unknown, runs: number): Prepared {
  const next = cycle(sample(runs).map((run) => stageOf(run, runs)))
  return { run: () => latest(next()) }
}

/** Spawns agents into the runs of a stock, so many callers at once. */
export function spawning(
  spawn: (execution: NewExecution) => unknown,
  { take, restock }: Stock,
  count: number,
): Prepared {
  const one = () => spawn({ runId: take(), agentName: 'gemini', phaseType: 'regular-stage' })
  return { restock: (runs) => restock(runs * count), run: together(one, count) }
}

/** Completes the agents of a stock with a response of half a kilobyte, so many callers at once. */
export function completing(
  complete: (agentId: string, response: string) => unknown,
  { take, restock }: Stock,
  count: number,
): Prepared {
  return { restock: (runs) => restock(runs * count), run: together(() => complete(take(), RESPONSE), count) }
}

/** Adds artifacts of 8 KB to the runs of a stock, so many callers at once. */
export function adding(
  add: (artifact: NewArtifact) => unknown,
  { take, restock }: Stock,
  count: number,
): Prepared {
  const one = () => add({ runId: take(), agentName: 'gemini', content })
  return { restock: (runs) => restock(runs * count), run: together(one, count) }
}

/** Records bundles nobody has, so many callers at once. */
export function recording(record: (bundle: Bundle) => unknown, count = 1): Prepared {
  let bundles: Bundle[] = []
  return {
    restock(runs) {
      bundles = Array.from({ length: runs * count }, aBundle)
    },
    run: together(() => record(bundles.pop()!), count),
  }
}

interface Recorder {
  record(bundle: Bundle): unknown
}

interface Archivist {
  add(runId: string): unknown
  restore(runId: string): unknown
}

/** Archives runs that were recorded before. */
export function archiving({ record }: Recorder, { add }: Pick<Archivist, 'add'>): Prepared {
  let ids: string[] = []
  return {
    async restock(runs) {
      ids = await recorded(record, runs)
    },
    run: () => add(ids.pop()!),
  }
}

/** Puts runs back that were archived before. */
export function restoring({ record }: Recorder, { add, restore }: Archivist): Prepared {
  let ids: string[] = []
  return {
    async restock(runs) {
      ids = await recorded(record, runs)
      for (const id of ids) await add(id)
    },
    run: () => restore(ids.pop()!),
  }
}

async function recorded(record: Recorder['record'], runs: number): Promise<string[]> {
  const bundles = Array.from({ length: runs }, aBundle)
  for (const bundle of bundles) await record(bundle)
  return bundles.map(({ run }) => run.id)
}
