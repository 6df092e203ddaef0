import {
  type Depot,
  endedAt,
  type HeldRun,
  type History,
  type Holdings,
  isOpen,
  oldestFirst,
  versionOf,
  whyItStays,
} from '@consensus-store/core'
import type { MemoryContext } from './context.ts'
import { bodyIn, lastPosition, remove, type State } from './state.ts'

/** Runs as retention looks at them. */
export const holdings = ({ read, write }: MemoryContext, depot: Depot): Holdings => ({
  depot,

  async runsAfter(key, limit, countNewer) {
    return heldRuns(read())
      .filter((run) => !key || oldestFirst(key, run) < 0)
      .slice(0, limit)
      .map((run) => ({ ...run, newer: Math.min(run.newer, countNewer) }))
  },

  run: async (id) => heldRuns(read()).find((run) => run.id === id),

  async newestAt() {
    const { histories, archives, log } = read()
    const starts = [...histories.values(), ...archives.values()].map(({ run }) => run.startedAt.getTime())
    const last = log.findLast((event) => event !== undefined)
    const newest = Math.max(...starts, last ? last.at.getTime() : Number.NEGATIVE_INFINITY)
    return Number.isFinite(newest) ? new Date(newest) : undefined
  },

  async *delete(runs) {
    for (const { id, version } of runs) {
      const deleted = await write((state) => {
        const held = heldIn(state, id)
        return held?.version === version && !whyItStays(held, held.inFlight) ? remove(state, id) : undefined
      })
      if (deleted) yield [deleted]
    }
  },
})

/** In the order of retention. */
export function heldRuns(state: State): readonly HeldRun[] {
  const newer = new Map<string, number>()
  return [...state.histories.keys(), ...state.archives.keys()]
    .map((id) => heldIn(state, id)!)
    .sort((a, b) => oldestFirst(b, a))
    .map((run) => {
      const stage = JSON.stringify([run.specId, run.stage])
      const count = newer.get(stage) ?? 0
      newer.set(stage, count + 1)
      return { ...run, newer: count }
    })
    .reverse()
}

function heldIn(state: State, id: string): Omit<HeldRun, 'newer'> | undefined {
  const { histories, archives, logs } = state
  const history = histories.get(id)
  const { run, archive } = history ? { run: history.run, archive: undefined } : (archives.get(id) ?? {})
  if (!run) return undefined
  const { specId, stage, labels, pinned, status, startedAt, lastSequence } = run
  return {
    ...{ id, specId, stage, labels, pinned, status, startedAt, lastSequence },
    endedAt: archive?.endedAt ?? endedAt(run, logs.get(id)?.at(-1)?.at),
    inFlight: history !== undefined && [...history.executions.values()].some(isOpen),
    archived: archive !== undefined,
    bytes: history ? bytesOf(state, history) : (archive?.bytes ?? 0),
    version: versionOf(archive ?? { position: lastPosition(state, id) }),
  }
}

function bytesOf(state: State, { run, executions, artifacts, syntheses }: History): number {
  const metadata = ({ metadataDigest }: { readonly metadataDigest: string }) =>
    Buffer.byteLength(bodyIn(state, run.id, metadataDigest))
  return [
    ...[...executions.values()].map(({ responseBytes = 0 }) => responseBytes),
    ...[...artifacts.values()].map((artifact) => artifact.contentBytes + metadata(artifact)),
    ...[...syntheses.values()].map((synthesis) => synthesis.markdownBytes + metadata(synthesis)),
  ].reduce((sum, bytes) => sum + bytes, 0)
}
