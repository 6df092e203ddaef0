import {
  type Comparison,
  type ConsensusStore,
  type Copied,
  type CopyCounts,
  compareStores,
  copyStore,
  type RunDifference,
} from '@consensus-store/core'

interface Thoroughness {
  readonly signal?: AbortSignal
  progress(runs: number): void
}

/** How often runs that lag behind are copied and compared again: a writer that is never still may always be a step ahead. */
const ROUNDS = 5

/** Compares the stores, and copies what changed in the source since it was copied before it says that this differs. */
export async function compareThoroughly(
  from: ConsensusStore,
  to: ConsensusStore,
  first: Copied,
  options: Thoroughness,
): Promise<{ readonly copied: Copied; readonly comparison: Comparison }> {
  let copied = first
  let comparison = await compareStores(from, to, options)
  for (let round = 0; round < ROUNDS; round++) {
    const refused = new Set(copied.refusals.map(({ runId }) => runId))
    const lagging = comparison.differing.filter((run) => lags(run) && !refused.has(run.runId))
    if (lagging.length === 0) break
    copied = both(copied, await copyStore(from, to, { ...signalOf(options), after: copied.position }))
    const runIds = lagging.map(({ runId }) => runId)
    const again = await compareStores(from, to, { ...signalOf(options), runIds })
    const checked = new Set(runIds)
    comparison = {
      ...comparison,
      differing: [...comparison.differing.filter(({ runId }) => !checked.has(runId)), ...again.differing],
    }
  }
  return { copied, comparison }
}

const lags = ({ how }: RunDifference) => how === 'missing' || how === 'behind'

const signalOf = ({ signal }: Thoroughness) => (signal ? { signal } : {})

function both(first: Copied, then: Copied): Copied {
  const refusals = new Map([...first.refusals, ...then.refusals].map((refusal) => [refusal.runId, refusal]))
  const sum = (of: Exclude<keyof CopyCounts, 'refused'>) => first.runs[of] + then.runs[of]
  return {
    runs: {
      read: sum('read'),
      copied: sum('copied'),
      extended: sum('extended'),
      skipped: sum('skipped'),
      refused: refusals.size,
    },
    refusals: [...refusals.values()],
    position: then.position,
  }
}
