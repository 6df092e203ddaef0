// What is archived is out of the way and comes back whole, what must not be archived stays, and no row goes before its archive is kept.
import { type Archives, type Bundle, type ConsensusStore, compareText } from '@consensus-store/core'
import { type Changes, changed, plant } from './plant.ts'

/** A store with other archives. */
const archiving = (
  store: ConsensusStore,
  archives: Partial<Archives>,
  changes: (
    store: Pick<ConsensusStore, 'runs' | 'executions' | 'routes' | 'artifacts' | 'events'>,
  ) => Changes = () => ({}),
) => changed(store, changes, { archives: { ...store.archives, ...archives } })

/** A store that notes each run as it is before it is archived. */
function noting(
  store: ConsensusStore,
  spoil: (noted: ReadonlyMap<string, Bundle>) => ConsensusStore,
): ConsensusStore {
  const noted = new Map<string, Bundle>()
  const spoilt = spoil(noted)
  return {
    ...spoilt,
    archives: {
      ...spoilt.archives,
      async add(runId, options) {
        const bundle = await store.runs.bundle(runId).catch(() => undefined)
        const archived = await spoilt.archives.add(runId, options)
        noted.set(runId, bundle!)
        return archived
      },
    },
  }
}

const executionIn = (noted: ReadonlyMap<string, Bundle>, agentId: string) =>
  [...noted.values()].flatMap(({ executions }) => executions).find((each) => each.agentId === agentId)

const isOpenRun = async ({ runs, executions }: ConsensusStore, id: string) =>
  (await runs.get(id))?.status === 'running' ||
  (await executions.list({ runId: id })).items.some(({ endedAt }) => !endedAt)

plant('an archive forgets answers', 'gives what the archive is, and its agents', 'archives', (store) =>
  archiving(store, {
    async get(runId) {
      const archive = await store.archives.get(runId)
      if (!archive) return undefined
      const executions = archive.bundle.executions.map((each) => ({ ...each, response: undefined }))
      return { ...archive, bundle: { ...archive.bundle, executions } }
    },
  }),
)

plant(
  'an archived run keeps its routes',
  'takes all it owns out of the way, wherever one looks',
  'archives',
  (store) =>
    noting(store, (noted) =>
      archiving(store, {}, ({ routes }) => ({
        routes: {
          find: async (agentId) => (await routes.find(agentId)) ?? (executionIn(noted, agentId) as never),
        },
      })),
    ),
)

plant(
  'an archived run keeps its answers',
  'takes all it owns out of the way, wherever one looks',
  'archives',
  (store) =>
    noting(store, (noted) =>
      archiving(store, {}, ({ executions }) => ({
        executions: {
          response: async (agentId) =>
            (await executions.response(agentId)) ?? executionIn(noted, agentId)?.response,
        },
      })),
    ),
)

plant(
  'an archived run keeps its artifacts',
  'takes all it owns out of the way, wherever one looks',
  'archives',
  (store) =>
    noting(store, (noted) =>
      archiving(store, {}, ({ artifacts }) => ({
        artifacts: {
          get: async (id) =>
            (await artifacts.get(id)) ??
            [...noted.values()].flatMap((bundle) => bundle.artifacts).find((each) => each.id === id),
        },
      })),
    ),
)

plant(
  'a run that is put back misses an answer',
  'brings its run back exactly as it was',
  'archives',
  (store) => {
    const back = new Set<string>()
    return archiving(
      store,
      {
        async restore(runId) {
          const { items } = await store.executions.list({ runId })
          const run = await store.archives.restore(runId)
          if (items.length === 0)
            for (const { agentId } of (await store.executions.list({ runId })).items) back.add(agentId)
          return run
        },
      },
      ({ executions }) => ({
        executions: {
          response: async (agentId) => (back.has(agentId) ? undefined : executions.response(agentId)),
        },
      }),
    )
  },
)

plant(
  'a run that is put back is another than it was',
  'brings its run back exactly as it was',
  'archives',
  (store) =>
    archiving(store, {
      restore: async (runId) => ({ ...(await store.archives.restore(runId)), labels: {} }),
    }),
)

plant(
  'a run that is put back is told of to nobody',
  'brings its run back exactly as it was',
  'archives',
  (store) => {
    const back = new Set<string>()
    return archiving(
      store,
      {
        async restore(runId) {
          if ((await store.runs.get(runId))?.archivedAt) back.add(runId)
          return store.archives.restore(runId)
        },
      },
      ({ events }) => ({
        events: {
          readAll: async (query) => (await events.readAll(query)).filter(({ runId }) => !back.has(runId)),
        },
      }),
    )
  },
)

plant(
  'rows go before their archive is in its folder',
  'is given the archive before anything leaves',
  'archivingMeanwhile',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        await store.archives.add(runId)
        return store.archives.add(runId, options)
      },
    }),
)

plant(
  'a folder that does not keep an archive is passed over',
  'that does not keep it keeps the run where it is',
  'archivingMeanwhile',
  (store) =>
    archiving(store, {
      add: (runId, options) =>
        store.archives.add(runId, options).catch((error) => {
          if (error.code === 'UNAVAILABLE') return store.archives.add(runId)
          throw error
        }),
    }),
)

plant(
  'an archived run is in no folder that comes later',
  'is given the archive of a run that was archived without',
  'archivingMeanwhile',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        const run = await store.runs.get(runId).catch(() => undefined)
        return store.archives.add(runId, run?.archivedAt ? {} : options)
      },
    }),
)

plant(
  'what is archived is what was seen first',
  'is given the archive anew when the run has changed meanwhile',
  'archivingMeanwhile',
  (store) =>
    noting(store, (noted) =>
      archiving(store, {
        async get(runId) {
          const archive = await store.archives.get(runId)
          return archive && { ...archive, bundle: noted.get(runId) ?? archive.bundle }
        },
      }),
    ),
)

plant(
  'what is put back is what was seen first',
  'is put back by nobody who saw an older run of that id, though it was archived at the same time',
  'archivingMeanwhile',
  (store) =>
    archiving(store, {
      async restore(runId) {
        const seen = await store.archives.get(runId)
        const run = await store.archives.restore(runId)
        if (!seen || seen.bundle.run.specId === run.specId) return run
        await store.runs.delete(runId)
        return store.runs.record(seen.bundle)
      },
    }),
)

plant(
  'a running run can be archived',
  'is CONFLICT and changes nothing while it is running',
  'archives',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        const run = await store.runs.get(runId).catch(() => undefined)
        if (run?.status === 'running') await store.runs.abandon(runId)
        return store.archives.add(runId, options)
      },
    }),
)

plant(
  'a pinned run can be archived',
  'is CONFLICT and changes nothing while it is pinned',
  'archives',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        const run = await store.runs.get(runId).catch(() => undefined)
        if (run?.pinned && run.status !== 'running') await store.runs.unpin(runId)
        return store.archives.add(runId, options)
      },
    }),
)

plant(
  'a run can be archived while an agent is out',
  'is CONFLICT and changes nothing while it waits for an agent that was only spawned',
  'archives',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        const run = await store.runs.get(runId).catch(() => undefined)
        if (run && run.status !== 'running')
          for (const { agentId } of (await store.executions.list({ runId })).items)
            await store.executions.cancel(agentId).catch(() => undefined)
        return store.archives.add(runId, options)
      },
    }),
)

plant(
  'who archives looks first and leaps later',
  'leaves a run that is being pinned pinned, or archived',
  'archivingMeanwhile',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        const may = (await store.runs.get(runId))?.pinned === false && !(await isOpenRun(store, runId))
        await new Promise((resolve) => setImmediate(resolve))
        if (may) await store.runs.unpin(runId).catch(() => undefined)
        return store.archives.add(runId, options)
      },
    }),
)

plant(
  'archiving again makes another archive',
  'again changes nothing, and gives the same',
  'archives',
  (store) =>
    archiving(store, {
      async add(runId, options) {
        const run = await store.runs.get(runId).catch(() => undefined)
        if (run?.archivedAt) await store.archives.restore(runId)
        return store.archives.add(runId, options)
      },
    }),
)

plant('archiving gives no agents', 'gives what the archive is, and its agents', 'archives', (store) =>
  archiving(store, {
    add: async (runId, options) => ({ ...(await store.archives.add(runId, options)), agentIds: [] }),
  }),
)

plant(
  'archives are listed first archived first',
  'are listed last archived first, in pages, and those of one moment by their runs',
  'archives',
  (store) =>
    archiving(store, {
      async list(query) {
        const { items, next } = await store.archives.list(query)
        return { items: items.toReversed(), next }
      },
    }),
)

plant(
  'archives of one moment are listed in the order of UTF-16',
  'are listed last archived first, in pages, and those of one moment by their runs',
  'archives',
  (store) =>
    archiving(store, {
      async list(query) {
        const { items, next } = await store.archives.list(query)
        const sorted = items.toSorted(
          (a, b) => b.archivedAt.getTime() - a.archivedAt.getTime() || (a.runId < b.runId ? 1 : -1),
        )
        return { items: sorted, next }
      },
    }),
)

plant(
  'who lists runs is not asked whether they are archived',
  'are told apart by who lists runs',
  'archives',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: { list: ({ archived: _, ...query } = {}) => runs.list(query) },
    })),
)

plant(
  'an archived run is not found',
  'takes all it owns out of the way, wherever one looks',
  'archives',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: {
        async get(id) {
          const run = await runs.get(id)
          return run?.archivedAt ? undefined : run
        },
      },
    })),
)

plant(
  'an archived run has no bundle',
  'takes all it owns out of the way, wherever one looks',
  'archives',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: { bundle: async (id) => ((await runs.get(id))?.archivedAt ? undefined : runs.bundle(id)) },
    })),
)

plant(
  'an archived run can be pinned',
  'is given to who makes the same write again, and CONFLICT to who makes another',
  'archivedRuns',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: {
        async pin(id) {
          await store.archives.restore(id)
          return runs.pin(id)
        },
      },
    })),
)

plant(
  'an archived run is brought up by a bundle',
  'is brought up by no bundle, and stays as it is when a bundle tells no more',
  'archivedRuns',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: {
        async record(bundle) {
          const stored = await runs.get(bundle.run.id)
          if (stored?.archivedAt && stored.lastSequence < bundle.events.length)
            await store.archives.restore(bundle.run.id)
          return runs.record(bundle)
        },
      },
    })),
)

plant(
  'an archived run takes any bundle for its own',
  'is brought up by no bundle, and stays as it is when a bundle tells no more',
  'archivedRuns',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: {
        async record(bundle) {
          const stored = await runs.get(bundle.run.id)
          return stored?.archivedAt && stored.lastSequence >= bundle.events.length
            ? stored
            : runs.record(bundle)
        },
      },
    })),
)

plant(
  'an archived run cannot be started again with the same facts',
  'is given to who makes the same write again, and CONFLICT to who makes another',
  'archivedRuns',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: {
        async start(run) {
          const stored = run.id === undefined ? undefined : await runs.get(run.id)
          return runs.start(stored?.archivedAt ? { ...run, labels: { again: 'yes' } } : run)
        },
      },
    })),
)

plant(
  'deleting an archived run gives its agents',
  'is deleted with its archive, gives no agents, and brings nothing back',
  'archivedRuns',
  (store) =>
    archiving(store, {}, ({ runs }) => ({
      runs: {
        async delete(id) {
          const bundle = await runs.bundle(id)
          const deleted = await runs.delete(id)
          const agentIds = bundle?.executions.map(({ agentId }) => agentId).sort(compareText) ?? []
          return deleted && { id, agentIds }
        },
      },
    })),
)

plant(
  'a reused id brings an archive back',
  'is deleted with its archive, gives no agents, and brings nothing back',
  'archivedRuns',
  (store) => {
    const first = new Map<string, Bundle>()
    return archiving(store, {
      async add(runId, options) {
        const bundle = await store.runs.bundle(runId)
        if (bundle && !first.has(runId)) first.set(runId, bundle)
        return store.archives.add(runId, options)
      },
      async get(runId) {
        const archive = await store.archives.get(runId)
        return archive && { ...archive, bundle: first.get(runId) ?? archive.bundle }
      },
    })
  },
)

plant(
  'an archive outlives its run',
  'is deleted with its archive, gives no agents, and brings nothing back',
  'archivedRuns',
  (store) =>
    noting(store, (noted) =>
      archiving(store, {
        async list(query) {
          const { items, next } = await store.archives.list(query)
          const gone = [...noted.keys()].filter((id) => !items.some(({ runId }) => runId === id))
          return { items: [...items, ...gone.map((runId) => ({ ...items[0]!, runId }))], next }
        },
      }),
    ),
)

plant(
  'a run is put back although another has its agent',
  'leaves its ids to others, and is not put back while one has them',
  'archivedRuns',
  (store) =>
    archiving(store, {
      restore: (runId) =>
        store.archives.restore(runId).catch(async (error) => {
          if (error.code !== 'CONFLICT') throw error
          return (await store.runs.get(runId))!
        }),
    }),
)

plant(
  'an archived run takes another agent',
  'takes nothing more, and its agents are not known',
  'archivedRuns',
  (store) =>
    archiving(store, {}, ({ runs, executions }) => ({
      executions: {
        async spawn(execution) {
          const run = await runs.get(execution.runId)
          if (!run?.archivedAt) return executions.spawn(execution)
          await store.archives.restore(run.id)
          return executions.spawn(execution)
        },
        async complete(agentId, completion) {
          const { items } = await store.archives.list()
          const archives = await Promise.all(items.map(({ runId }) => store.archives.get(runId)))
          const found = archives
            .flatMap((archive) => archive?.bundle.executions ?? [])
            .find((execution) => execution.agentId === agentId)
          return found ?? executions.complete(agentId, completion)
        },
      },
    })),
)
