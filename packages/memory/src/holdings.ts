import {
  type Depot,
  endedAt,
  type HeldKey,
  type HeldRun,
  type History,
  type Holdings,
  isOpen,
  oldestFirst,
  type Run,
  versionOf,
  whyItStays,
} from '@consensus-store/core'
import type { MemoryContext } from './context.ts'
import { bodyIn, lastPosition, remove, type State } from './state.ts'

/** Runs as retention looks at them. */
export const holdings = ({ read, write }: MemoryContext, depot: Depot): Holdings => ({
  depot,

  async runsAfter(key, limit, countNewer) {
    const page: HeldRun[] = []
    for (const run of heldRuns(read(), key)) {
      page.push({ ...run, newer: Math.min(run.newer, countNewer) })
      if (page.length === limit) break
    }
    return page
  },

  async run(id) {
    for (const run of heldRuns(read())) if (run.id === id) return run
    return undefined
  },

  async newestAt() {
    const state = read()
    const last = state.log.findLast((event) => event !== undefined)
    return runsIn(state)
      .map(({ startedAt }) => startedAt)
      .reduce((newest, at) => (newest && newest > at ? newest : at), last?.at)
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

/** Those behind a key, in the order of retention; what each holds is only looked up when its turn comes. */
export function* heldRuns(state: State, after?: HeldKey): Iterable<HeldRun> {
  for (const place of placesIn(state)) {
    if (!after || oldestFirst(after, place) < 0) yield { ...heldIn(state, place.id)!, newer: place.newer }
  }
}

interface Place extends HeldKey {
  /** How many runs of the same spec and stage began later. */
  readonly newer: number
}

interface Places {
  readonly asOf: string
  readonly places: readonly Place[]
}

const known = new WeakMap<State, Places>()

/** Page after page is read of the same runs, as a rule. */
function placesIn(state: State): readonly Place[] {
  // No run comes without an event.
  const asOf = [state.log.length, state.histories.size, state.archives.size].join()
  const before = known.get(state)
  if (before?.asOf === asOf) return before.places
  const newer = new Map<string, number>()
  const places = runsIn(state)
    .sort((a, b) => oldestFirst(b, a))
    .map(({ id, startedAt, specId, stage }) => {
      const key = JSON.stringify([specId, stage])
      const count = newer.get(key) ?? 0
      newer.set(key, count + 1)
      return { id, startedAt, newer: count }
    })
    .reverse()
  known.set(state, { asOf, places })
  return places
}

/** Archived or not. */
const runsIn = ({ histories, archives }: State): Run[] =>
  [...histories.values(), ...archives.values()].map(({ run }) => run)

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
