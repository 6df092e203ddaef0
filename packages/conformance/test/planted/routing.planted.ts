// A cache of routes may only save time: what it gives is what the store beneath would give.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Nouns, Route } from '@consensus-store/core'
import type { SuiteName } from '../../src/describe-store.ts'
import { cachedFileSubject } from './cached-file-subject.ts'
import { type CacheParts, type Copies, cachedStore, copiesIn } from './cached-store.ts'
import { changed, plant, plantSubject } from './plant.ts'

const plantInCache = (fault: string, suite: SuiteName, parts: Partial<CacheParts>) =>
  plant(fault, suite, (store) => cachedStore(store, parts))

const onSpawn = (tx: Nouns, spawned: (agentId: string) => Promise<unknown>): Nouns => ({
  ...tx,
  executions: {
    ...tx.executions,
    async spawn(input) {
      const execution = await tx.executions.spawn(input)
      await spawned(execution.agentId)
      return execution
    },
  },
})

const keepIn = (copies: Copies, tx: Nouns) => async (agentId: string) => {
  const route = await tx.routes.find(agentId)
  if (route) copies.set(agentId, route, 0)
  return route
}

plantInCache('a route is kept before the transaction that spawns it is done', 'routing', {
  inside: (tx, copies) => onSpawn(tx, keepIn(copies, tx)),
})

plantInCache('a route that a transaction found is kept', 'routing', {
  inside: (tx, copies) => ({ ...tx, routes: { ...tx.routes, find: keepIn(copies, tx) } }),
})

plantInCache('a transaction is answered from copies', 'routing', {
  inside: (tx, copies) => ({
    ...tx,
    routes: {
      ...tx.routes,
      find: async (id) => (copies.has(id) ? copies.get(id) : tx.routes.find(id)),
    },
  }),
})

plantInCache('that there is no route is kept', 'routing', { keeps: (_, overtaken) => !overtaken })

plantInCache('a deletion leaves copies', 'routing', { deleted: () => {} })

plantInCache('a transaction’s deletions leave copies', 'routing', { committed: () => {} })

plantInCache('copies are dropped when a transaction is undone, not when it is done', 'routing', {
  committed: () => {},
  undone: (copies, ids) => copies.drop(ids),
})

plantInCache('a deletion drops the copies of its first hundred agents', 'routing', {
  deleted: (copies, ids) => copies.drop(ids.slice(0, 100)),
})

plantInCache('copies are dropped before a deletion is done, and only then', 'routing', {
  async deleting(copies, { executions, routes }, runId) {
    const { items } = await executions.list({ runId, limit: 1_000 })
    for (const { agentId } of items) if (await routes.find(agentId)) copies.drop([agentId])
    await nextTurn()
  },
  deleted: () => {},
  committed: () => {},
})

plantInCache('a route is kept that was read before its deletion', 'routing', {
  lag: () => nextTurn(),
  keeps: (route) => route !== undefined,
})

plantInCache('now and then a route is kept that was read before its deletion', 'routeRaces', {
  lag: async () => {
    if (Math.random() < 0.05) await sleep(3)
  },
  keeps: (route) => route !== undefined,
})

plantInCache('now and then a deletion leaves copies', 'routeRaces', {
  deleted(copies, ids) {
    if (Math.random() < 0.95) copies.drop(ids)
  },
})

plantInCache('copies are dropped a moment after a deletion was acknowledged', 'routeRaces', {
  deleted: (copies, ids) => setImmediate(() => copies.drop(ids)),
})

plantInCache('all callers are given the same value', 'routing', { gives: (route) => route })

plantInCache('agents whose ids have the same tag share a copy', 'routing', {
  copies: () => copiesIn(new Map(), (id) => /\{(.+?)\}/.exec(id)?.[1] ?? id),
})

plantInCache('agents whose long ids begin alike share a copy', 'routing', {
  copies: () => copiesIn(new Map(), (id) => id.slice(0, 128)),
})

const everywhere = new Map<string, Route | undefined>()
plantInCache('stores share their copies', 'routing', { copies: () => copiesIn(everywhere) })

plantInCache('who was deleted is never found again', 'routing', {
  deleted: (copies, ids) => {
    for (const id of ids) copies.set(id, undefined, 0)
  },
})

plantInCache('whom a transaction deletes nobody finds, though it is undone', 'routing', {
  undone: (copies, ids) => {
    for (const id of ids) copies.set(id, undefined, 0)
  },
})

plantInCache('whose run cannot be deleted is found no more', 'routing', {
  async deleting(copies, { executions }, runId) {
    const { items } = await executions.list({ runId })
    for (const { agentId } of items) copies.set(agentId, undefined, 0)
  },
})

plant('who comes late joins a read that began before a deletion', 'routing', (store) => {
  const reading = new Map<string, Promise<Route | undefined>>()
  return changed(store, ({ routes }) => ({
    routes: {
      find(agentId) {
        const joined =
          reading.get(agentId) ??
          routes.find(agentId).then(async (route) => {
            await nextTurn()
            reading.delete(agentId)
            return route
          })
        reading.set(agentId, joined)
        return joined
      },
    },
  }))
})

plant('an id that is used again keeps the name of its first agent', 'routeRaces', (store) => {
  const names = new Map<string, string>()
  return changed(store, ({ routes }) => ({
    routes: {
      async find(agentId) {
        const route = await routes.find(agentId)
        if (!route) return undefined
        const agentName = names.get(agentId) ?? route.agentName
        names.set(agentId, agentName)
        return { ...route, agentName }
      },
    },
  }))
})

for (const fault of [
  'what others deleted is found for ever',
  'what others deleted is found for longer than is stated',
] as const) {
  plantSubject(fault, 'routing', cachedFileSubject(fault))
}
plantSubject(
  'what others deleted is found for longer than is stated, by those who come and go',
  'routeRaces',
  cachedFileSubject('what others deleted is found for longer than is stated'),
)
