import {
  type Bundle,
  type ConsensusStore,
  encodeBundle,
  endedAt,
  type HeldRun,
  type Holdings,
  isOpen,
  oldestFirst,
  packBundle,
  runIds,
  versionOf,
} from '@consensus-store/core'

/** What retention looks at, by what every caller can see: right, and slow. Faults are planted in it. */
export function publicHoldings(store: ConsensusStore): Holdings {
  async function all(): Promise<readonly HeldRun[]> {
    const held: HeldRun[] = []
    for await (const id of runIds(store)) {
      const run = await heldIn(store, id)
      if (run) held.push(run)
    }
    held.sort(oldestFirst)
    return held.map((run, i) => {
      const newer = held
        .slice(i + 1)
        .filter(({ specId, stage }) => specId === run.specId && stage === run.stage)
      return { ...run, newer: newer.length }
    })
  }

  let lastTurn: Promise<unknown> = Promise.resolve()
  /** What is looked at and then changed is changed by nobody else who applies a policy meanwhile. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(work)
    lastTurn = turn.catch(() => undefined)
    return turn
  }

  return {
    depot: {
      async kept(runId) {
        const run = await store.runs.get(runId)
        const archive = await store.archives.get(runId)
        return run && { run, archive: archive && (await packBundle(archive.bundle, archive.archivedAt)) }
      },
      async read(runId) {
        const run = await store.runs.get(runId)
        if (!run || run.archivedAt) return undefined
        return {
          bundle: (await store.runs.bundle(runId))!,
          position: Number((await heldIn(store, runId))!.version),
        }
      },
      put: ({ runId }, position) =>
        alone(async () => {
          const held = await heldIn(store, runId)
          if (held?.version !== String(position)) return false
          return store.archives.add(runId).then(
            () => true,
            () => false,
          )
        }),
      list: never,
      putBack: never,
      ownerOf: never,
    },
    async runsAfter(key, limit) {
      return (await all()).filter((run) => !key || oldestFirst(key, run) < 0).slice(0, limit)
    },
    run: (id) => heldIn(store, id),
    async newestAt() {
      const starts = (await all()).map(({ startedAt }) => startedAt.getTime())
      const log = await store.events.readAll({ limit: 1_000 })
      const newest = Math.max(...starts, log.at(-1)?.at.getTime() ?? 0)
      return newest > 0 ? new Date(newest) : undefined
    },
    async *delete(runs) {
      for (const { id, version } of runs) {
        const deleted = await alone(async () => {
          const isAsSeen = (await heldIn(store, id))?.version === version
          return isAsSeen ? store.runs.delete(id).catch(() => undefined) : undefined
        })
        if (deleted) yield [deleted]
      }
    },
  }
}

const never = () => Promise.reject(new Error('retention has no use for it'))

async function heldIn(store: ConsensusStore, id: string): Promise<HeldRun | undefined> {
  const [run, archive, bundle] = await Promise.all([
    store.runs.get(id),
    store.archives.get(id),
    store.runs.bundle(id),
  ])
  if (!run || !bundle) return undefined
  const last = bundle.events.at(-1)!.at
  const position = (await store.events.read(id, { limit: 1_000 })).at(-1)?.position
  return {
    ...run,
    endedAt: endedAt(run, last),
    inFlight: bundle.executions.some(isOpen),
    archived: archive !== undefined,
    bytes: archive?.bytes ?? bytesOf(bundle),
    version: versionOf(archive ?? { position: position! }),
    newer: 0,
  }
}

function bytesOf(bundle: Bundle): number {
  const { executions, artifacts, syntheses } = encodeBundle(bundle)
  const bodies = [
    ...executions.flatMap(({ response }) => response ?? []),
    ...artifacts.flatMap(({ content, metadata }) => [content, metadata]),
    ...syntheses.flatMap(({ markdown, metadata }) => [markdown, metadata]),
  ]
  return bodies.reduce((sum, { bytes }) => sum + bytes, 0)
}
