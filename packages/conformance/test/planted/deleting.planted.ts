// What is deleted is gone, with all it owned and nothing else; what must not be deleted stays; every store is known by its own name.
import { type Bundle, type ConsensusStore, compareText, type Event, type Nouns } from '@consensus-store/core'
import { changed, plant } from './plant.ts'

/** A store whose `delete` first sees to it that nothing is in the way. */
const clearing = (store: ConsensusStore, clear: (nouns: Nouns, id: string) => Promise<unknown>) =>
  changed(store, (nouns) => ({
    runs: {
      async delete(id) {
        if (await nouns.runs.get(id)) await clear(nouns, id)
        return nouns.runs.delete(id)
      },
    },
  }))

/** A store that still knows the bundles of runs that were deleted. */
const remembering = (
  store: ConsensusStore,
  change: (nouns: Nouns, gone: ReadonlyMap<string, Bundle>) => ReturnType<Parameters<typeof changed>[1]>,
) => {
  const gone = new Map<string, Bundle>()
  return changed(store, (nouns) => {
    const changes = change(nouns, gone)
    return {
      ...changes,
      runs: {
        ...changes.runs,
        async delete(id) {
          const bundle = await nouns.runs.bundle(id)
          const deleted = await nouns.runs.delete(id)
          if (deleted) gone.set(id, bundle!)
          return deleted
        },
      },
    }
  })
}

const executionIn = (gone: ReadonlyMap<string, Bundle>, agentId: string) =>
  [...gone.values()]
    .flatMap(({ executions }) => executions)
    .find((execution) => execution.agentId === agentId)

plant(
  'a running run can be deleted',
  'is CONFLICT and changes nothing while it is running',
  'deleting',
  (store) =>
    clearing(store, async ({ runs }, id) => {
      if ((await runs.get(id))?.status === 'running') await runs.abandon(id)
    }),
)

plant(
  'a pinned run can be deleted',
  'is CONFLICT and changes nothing while it is pinned',
  'deleting',
  (store) => clearing(store, ({ runs }, id) => runs.unpin(id)),
)

plant(
  'a run can be deleted while an agent is out',
  'is CONFLICT and changes nothing while it waits for an agent that was only spawned',
  'deleting',
  (store) =>
    clearing(store, async ({ runs, executions }, id) => {
      const { status } = (await runs.get(id))!
      const { items } = await executions.list({ runId: id })
      if (status !== 'running')
        for (const { agentId } of items) await executions.cancel(agentId).catch(() => {})
    }),
)

plant(
  'a run can be deleted while an agent is at work',
  'is CONFLICT and changes nothing while it waits for an agent that is at work',
  'deleting',
  (store) =>
    clearing(store, async ({ runs, executions }, id) => {
      const { status } = (await runs.get(id))!
      const { items } = await executions.list({ runId: id, status: 'running' })
      if (status !== 'running')
        for (const { agentId } of items) await executions.cancel(agentId).catch(() => {})
    }),
)

plant(
  'who deletes looks first and leaps later',
  'leaves a run that is being pinned pinned, or gone',
  'deletingMeanwhile',
  (store) =>
    changed(store, ({ runs, executions }) => ({
      runs: {
        async delete(id) {
          const run = await runs.get(id)
          const { items } = await executions.list({ runId: id })
          const open = items.some(({ endedAt }) => !endedAt)
          await new Promise((resolve) => setImmediate(resolve))
          if (run?.pinned === false && run.status !== 'running' && !open) await runs.unpin(id).catch(() => {})
          return runs.delete(id)
        },
      },
    })),
)

plant(
  'deleting gives no agents',
  'gives its agents, however they ended, in the order of code points',
  'deleting',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async delete(id) {
          const deleted = await runs.delete(id)
          return deleted && { ...deleted, agentIds: [] }
        },
      },
    })),
)

plant(
  'deleting gives agents in the order of UTF-16',
  'gives its agents, however they ended, in the order of code points',
  'deleting',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async delete(id) {
          const deleted = await runs.delete(id)
          return deleted && { ...deleted, agentIds: [...deleted.agentIds].sort() }
        },
      },
    })),
)

plant(
  'deleting gives only agents that answered',
  'gives its agents, however they ended, in the order of code points',
  'deleting',
  (store) =>
    changed(store, ({ runs, executions }) => ({
      runs: {
        async delete(id) {
          const answered = (await executions.list({ runId: id, status: 'completed' })).items
          const deleted = await runs.delete(id)
          return deleted && { id, agentIds: answered.map(({ agentId }) => agentId).sort(compareText) }
        },
      },
    })),
)

plant(
  'deleting what is not there is NOT_FOUND',
  'that is not there gives undefined and changes nothing, however often',
  'deleting',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async delete(id) {
          if (!(await runs.get(id))) await runs.pin(id)
          return runs.delete(id)
        },
      },
    })),
)

plant(
  'whoever deletes is told that it won',
  'has one winner, however many delete',
  'deletingMeanwhile',
  (store) =>
    changed(store, ({ runs, executions }) => ({
      runs: {
        async delete(id) {
          const there = (await runs.get(id)) && (await executions.list({ runId: id })).items
          const deleted = await runs.delete(id)
          return deleted ?? (there && { id, agentIds: there.map(({ agentId }) => agentId) })
        },
      },
    })),
)

plant(
  'deleting a run hides its row and keeps the rest',
  'takes all it owns, wherever one looks',
  'deleting',
  (store) => {
    const hidden = new Set<string>()
    return changed(store, ({ runs, executions }) => ({
      runs: {
        get: async (id) => (hidden.has(id) ? undefined : runs.get(id)),
        async delete(id) {
          const run = hidden.has(id) ? undefined : await runs.get(id)
          if (!run) return undefined
          const { items } = await executions.list({ runId: id })
          if (run.status === 'running' || run.pinned || items.some(({ endedAt }) => !endedAt))
            return runs.delete(id)
          hidden.add(id)
          return { id, agentIds: items.map(({ agentId }) => agentId).sort(compareText) }
        },
      },
    }))
  },
)

plant('a deleted run keeps its routes', 'takes all it owns, wherever one looks', 'deleting', (store) =>
  remembering(store, ({ routes }, gone) => ({
    routes: {
      find: async (agentId) => (await routes.find(agentId)) ?? (executionIn(gone, agentId) as never),
    },
  })),
)

plant(
  'a deleted run keeps its routes for those who look for many',
  'takes all it owns, wherever one looks',
  'deleting',
  (store) =>
    remembering(store, ({ routes }, gone) => ({
      routes: {
        async findMany(agentIds) {
          const found = new Map(await routes.findMany(agentIds))
          for (const agentId of agentIds) {
            const left = executionIn(gone, agentId)
            if (left && !found.has(agentId)) found.set(agentId, left)
          }
          return found
        },
      },
    })),
)

plant('a deleted run keeps its answers', 'takes all it owns, wherever one looks', 'deleting', (store) =>
  remembering(store, ({ executions }, gone) => ({
    executions: {
      response: async (agentId) =>
        (await executions.response(agentId)) ?? executionIn(gone, agentId)?.response,
    },
  })),
)

plant('a deleted run keeps its artifacts', 'takes all it owns, wherever one looks', 'deleting', (store) =>
  remembering(store, ({ artifacts }, gone) => ({
    artifacts: {
      get: async (id) =>
        (await artifacts.get(id)) ??
        [...gone.values()].flatMap((run) => run.artifacts).find((one) => one.id === id),
    },
  })),
)

plant('a deleted run keeps its syntheses', 'takes all it owns, wherever one looks', 'deleting', (store) =>
  remembering(store, ({ syntheses }, gone) => ({
    syntheses: {
      get: async (id) =>
        (await syntheses.get(id)) ??
        [...gone.values()].flatMap((run) => run.syntheses).find((one) => one.id === id),
    },
  })),
)

plant('a deleted run keeps its log', 'takes all it owns, wherever one looks', 'deleting', (store) =>
  remembering(store, ({ events }, gone) => ({
    events: {
      async read(runId, query) {
        const found = await events.read(runId, query)
        const left = gone.get(runId)?.events ?? []
        return found.length > 0
          ? found
          : (left.map((entry, i) => ({ ...entry, runId, position: i + 1 })) as Event[])
      },
    },
  })),
)

plant('deleted events stay in the store’s log', 'leaves every other run as it was', 'deleting', (store) => {
  const known = new Map<number, Event>()
  return changed(store, ({ events }) => ({
    events: {
      async readAll(query) {
        for (const event of await events.readAll({ limit: 1_000 })) known.set(event.position, event)
        const { after = 0, limit = 50 } = query ?? {}
        const all = [...known.values()].sort((a, b) => a.position - b.position)
        return all.filter(({ position }) => position > after).slice(0, limit)
      },
    },
  }))
})

plant('positions of deleted events are used again', 'are never used again', 'deleting', (store) =>
  changed(store, ({ events }) => ({
    events: {
      async readAll(query) {
        const { after = 0, limit = 50 } = query ?? {}
        const all = await events.readAll({ limit: 1_000 })
        return all.map((event, i) => ({ ...event, position: i + 1 })).slice(after, after + limit)
      },
    },
  })),
)

plant('the last position is forgotten with its event', 'are never used again', 'deleting', (store) => {
  const taken = new Map<string, number>()
  return changed(store, ({ events }) => ({
    events: {
      async readAll(query) {
        const { after = 0, limit = 50 } = query ?? {}
        const all = await events.readAll({ limit: 1_000 })
        const alive = new Map(all.map((event) => [`${event.position}`, event]))
        for (const key of taken.keys()) if (!alive.has(key)) taken.delete(key)
        for (const key of alive.keys()) {
          if (!taken.has(key)) taken.set(key, 1 + Math.max(0, ...taken.values()))
        }
        const placed = all.map((event) => ({ ...event, position: taken.get(`${event.position}`)! }))
        return placed.filter(({ position }) => position > after).slice(0, limit)
      },
    },
  }))
})

plant(
  'an id that is used again brings its artifacts back',
  'can be used again, with other facts, and brings nothing back',
  'deleting',
  (store) =>
    remembering(store, ({ artifacts, runs }, gone) => ({
      artifacts: {
        async list(query) {
          const runId = 'runId' in query ? (query.runId as string) : ''
          const back = (await runs.get(runId)) ? (gone.get(runId)?.artifacts ?? []) : []
          const { items, next } = await artifacts.list(query)
          return { items: [...items, ...back], next }
        },
      },
    })),
)

plant(
  'an agent that is spawned again finds its answer of before',
  'is as free as those of its agents, artifacts and syntheses',
  'deleting',
  (store) =>
    remembering(store, ({ executions }, gone) => ({
      executions: {
        async response(agentId) {
          const again = await executions.get(agentId)
          return (await executions.response(agentId)) ?? (again && executionIn(gone, agentId)?.response)
        },
      },
    })),
)

plant(
  'the ids of a deleted run cannot be used again',
  'can be used again, with other facts, and brings nothing back',
  'deleting',
  (store) =>
    remembering(store, ({ runs }, gone) => ({
      runs: {
        start: (input) =>
          input.id && gone.has(input.id) ? runs.conclude(input.id, { verdict: 'failed' }) : runs.start(input),
      },
    })),
)

plant(
  'deleting a run takes the others of its spec',
  'leaves every other run as it was',
  'deleting',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async delete(id) {
          const specId = (await runs.get(id))?.specId
          const deleted = await runs.delete(id)
          if (!deleted || !specId) return deleted
          for (const other of (await runs.list({ specId })).items) await runs.delete(other.id).catch(() => {})
          return deleted
        },
      },
    })),
)

plant(
  'a run whose deletion is refused is abandoned',
  'is CONFLICT and changes nothing while it is running',
  'deleting',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        delete: (id) =>
          runs.delete(id).catch(async (error) => {
            await runs.abandon(id).catch(() => {})
            throw error
          }),
      },
    })),
)

plant('deleting inside a transaction is not undone with it', 'is undone with it', 'deleting', (store) => {
  const transaction: ConsensusStore['transaction'] = async (work) => {
    const ids: string[] = []
    try {
      return await store.transaction((tx) => {
        const remember = (id: string) => {
          ids.push(id)
          return tx.runs.delete(id)
        }
        return work({ ...tx, runs: { ...tx.runs, delete: remember } })
      })
    } catch (error) {
      for (const id of ids) await store.runs.delete(id)
      throw error
    }
  }
  return { ...store, transaction }
})

plant(
  'deleting inside a transaction is done when it ends',
  'is seen inside at once, and outside when it is done',
  'deleting',
  (store) => {
    const transaction: ConsensusStore['transaction'] = async (work) => {
      const ids: string[] = []
      const result = await store.transaction((tx) => {
        const later = async (id: string) => void ids.push(id)
        return work({ ...tx, runs: { ...tx.runs, delete: later as never } })
      })
      for (const id of ids) await store.runs.delete(id)
      return result
    }
    return { ...store, transaction }
  },
)

plant(
  'verifying stumbles over a run that is deleted meanwhile',
  'is no difference to those who verify them all',
  'deletingMeanwhile',
  (store) => ({
    ...store,
    async verify(runId) {
      const ids = runId === undefined ? (await store.runs.list()).items.map(({ id }) => id) : [runId]
      const found = { runs: 0, events: 0, differences: [] as never[] }
      for (const id of ids) {
        const { events } = await store.verify(id)
        found.runs += 1
        found.events += events
      }
      return found
    },
  }),
)

plant('a bundle is read piece by piece', 'gives all of it or nothing', 'deletingMeanwhile', (store) =>
  changed(store, ({ runs, events, executions }) => ({
    runs: {
      async bundle(id) {
        const bundle = await runs.bundle(id)
        await new Promise((resolve) => setImmediate(resolve))
        const log = await events.read(id, { limit: 1_000 })
        const { items } = await executions.list({ runId: id })
        return (
          bundle && {
            ...bundle,
            executions: items.length > 0 ? bundle.executions : [],
            events: log.map(entry),
          }
        )
      },
    },
  })),
)

const entry = ({ runId: _, position: __, ...told }: Event) => told

plant(
  'a cursor whose row is gone begins again',
  'go on from a cursor whose row was deleted',
  'paging',
  (store) => {
    const rows = new Map<string, string>()
    return changed(store, ({ runs }) => ({
      runs: {
        async list(query = {}) {
          const row = rows.get(query.cursor ?? '')
          const { cursor: _, ...first } = query
          const page = await runs.list(row && !(await runs.get(row)) ? first : query)
          if (page.next) rows.set(page.next, page.items.at(-1)!.id)
          return page
        },
      },
    }))
  },
)

plant(
  'a cursor whose row is gone is INVALID',
  'go on from a cursor whose row was deleted',
  'paging',
  (store) => {
    const rows = new Map<string, string>()
    return changed(store, ({ executions }) => ({
      executions: {
        async list(query = {}) {
          const row = rows.get(query.cursor ?? '')
          if (row && !(await executions.get(row))) return executions.list({ ...query, cursor: 'gone' })
          const page = await executions.list(query)
          if (page.next) rows.set(page.next, page.items.at(-1)!.agentId)
          return page
        },
      },
    }))
  },
)

plant(
  'all stores have one identity',
  'gives a store an identity of its own, whatever its clock and its ids are',
  'opening',
  (store) => ({
    ...store,
    identity: async () => 'consensus-store',
  }),
)

plant(
  'the identity is one of the ids that the environment makes',
  'gives a store an identity of its own, whatever its clock and its ids are',
  'opening',
  (store, env) => {
    const identity = env.newId()
    return { ...store, identity: async () => `store ${identity}`.replaceAll(' ', '-') }
  },
)

plant(
  'the identity is another one each time',
  'gives a store an identity of its own, whatever its clock and its ids are',
  'opening',
  (store) => {
    let asked = 0
    return { ...store, identity: async () => `${await store.identity()}-${++asked}` }
  },
)

plant('a closed store still says who it is', 'ends identity', 'closing', (store) => {
  const identity = store.identity()
  return { ...store, identity: () => identity }
})
