// A cache of routes may only save time: what it gives is what the store beneath would give.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Nouns, Route } from '@consensus-store/core'
import type { SuiteName } from '../../src/describe-store.ts'
import { cachedFileSubject } from './cached-file-subject.ts'
import { type CacheParts, type Copies, cachedStore, copiesIn } from './cached-store.ts'
import { changed, plant, plantSubject } from './plant.ts'

const plantInCache = (fault: string, by: string, suite: SuiteName, parts: Partial<CacheParts>) =>
  plant(fault, by, suite, (store) => cachedStore(store, parts))

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

plantInCache(
  'a route is kept before the transaction that spawns it is done',
  'shows what a transaction spawned to nobody outside before it is done',
  'routing',
  {
    inside: (tx, copies) => onSpawn(tx, keepIn(copies, tx)),
  },
)

plantInCache(
  'a route that a transaction found is kept',
  'shows what a transaction spawned to nobody outside before it is done',
  'routing',
  {
    inside: (tx, copies) => ({ ...tx, routes: { ...tx.routes, find: keepIn(copies, tx) } }),
  },
)

plantInCache(
  'a transaction is answered from copies',
  'finds whom a transaction deleted outside until it is done, and inside no more',
  'routing',
  {
    inside: (tx, copies) => ({
      ...tx,
      routes: {
        ...tx.routes,
        find: async (id) => (copies.has(id) ? copies.get(id) : tx.routes.find(id)),
      },
    }),
  },
)

plantInCache(
  'that there is no route is kept',
  'finds an agent once it was spawned, though nobody had been found before',
  'routing',
  { keeps: (_, overtaken) => !overtaken },
)

plantInCache(
  'a deletion leaves copies',
  'finds nobody of a deleted run any more, though they were found one by one',
  'routing',
  { deleted: () => {} },
)

plantInCache(
  'a transaction’s deletions leave copies',
  'finds nobody of a run that a transaction deleted, though they were found one by one',
  'routing',
  { committed: () => {} },
)

plantInCache(
  'copies are dropped when a transaction is undone, not when it is done',
  'finds nobody of a run that a transaction deleted, though they were found one by one',
  'routing',
  {
    committed: () => {},
    undone: (copies, ids) => copies.drop(ids),
  },
)

plantInCache(
  'a deletion drops the copies of its first hundred agents',
  'finds none of hundreds whose run was deleted',
  'routing',
  {
    deleted: (copies, ids) => copies.drop(ids.slice(0, 100)),
  },
)

plantInCache(
  'copies are dropped before a deletion is done, and only then',
  'finds whom a transaction deleted outside until it is done, and inside no more',
  'routing',
  {
    async deleting(copies, { executions, routes }, runId) {
      const { items } = await executions.list({ runId, limit: 1_000 })
      for (const { agentId } of items) if (await routes.find(agentId)) copies.drop([agentId])
      await nextTurn()
    },
    deleted: () => {},
    committed: () => {},
  },
)

plantInCache(
  'a route is kept that was read before its deletion',
  'finds nobody who was being looked for when their run was deleted',
  'routing',
  {
    lag: () => nextTurn(),
    keeps: (route) => route !== undefined,
  },
)

plantInCache(
  'now and then a route is kept that was read before its deletion',
  'are what they were or are, never anything else',
  'routeRaces',
  {
    lag: async () => {
      if (Math.random() < 0.05) await sleep(3)
    },
    keeps: (route) => route !== undefined,
  },
)

plantInCache(
  'now and then a deletion leaves copies',
  'are what they were or are, never anything else',
  'routeRaces',
  {
    deleted(copies, ids) {
      if (Math.random() < 0.95) copies.drop(ids)
    },
  },
)

plantInCache(
  'copies are dropped a moment after a deletion was acknowledged',
  'are what they were or are, never anything else',
  'routeRaces',
  {
    deleted: (copies, ids) => setImmediate(() => copies.drop(ids)),
  },
)

plantInCache(
  'all callers are given the same value',
  'answers a thousand callers in one tick alike, and each by a value of its own',
  'routing',
  { gives: (route) => route },
)

plantInCache(
  'agents whose ids have the same tag share a copy',
  'tells agents apart whose ids look like patterns, keys, tags or names of properties',
  'routing',
  {
    copies: () => copiesIn(new Map(), (id) => /\{(.+?)\}/.exec(id)?.[1] ?? id),
  },
)

plantInCache(
  'agents whose long ids begin alike share a copy',
  'tells agents apart whose ids look like patterns, keys, tags or names of properties',
  'routing',
  {
    copies: () => copiesIn(new Map(), (id) => id.slice(0, 128)),
  },
)

const everywhere = new Map<string, Route | undefined>()
plantInCache('stores share their copies', 'gives nothing that another place holds', 'routing', {
  copies: () => copiesIn(everywhere),
})

plantInCache(
  'who was deleted is never found again',
  'gives the new facts of an id that is used again',
  'routing',
  {
    deleted: (copies, ids) => {
      for (const id of ids) copies.set(id, undefined, 0)
    },
  },
)

plantInCache(
  'whom a transaction deletes nobody finds, though it is undone',
  'goes on finding whom a transaction deleted and undid',
  'routing',
  {
    undone: (copies, ids) => {
      for (const id of ids) copies.set(id, undefined, 0)
    },
  },
)

plantInCache(
  'whose run cannot be deleted is found no more',
  'goes on finding the agents of a run that is not to be deleted',
  'routing',
  {
    async deleting(copies, { executions }, runId) {
      const { items } = await executions.list({ runId })
      for (const { agentId } of items) copies.set(agentId, undefined, 0)
    },
  },
)

plant(
  'who comes late joins a read that began before a deletion',
  'finds nobody who was being looked for when their run was deleted',
  'routing',
  (store) => {
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
  },
)

plant(
  'an id that is used again keeps the name of its first agent',
  'are what they were or are, never anything else',
  'routeRaces',
  (store) => {
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
  },
)

for (const fault of [
  'what others deleted is found for ever',
  'what others deleted is found for longer than is stated',
] as const) {
  plantSubject(
    fault,
    'finds nobody whom another store at the same place deleted, when the time it states is over',
    'routing',
    cachedFileSubject(fault),
  )
}
plantSubject(
  'what others deleted is found for longer than is stated, by those who come and go',
  'are so too while another process does the same, but for the time the store states',
  'routeRaces',
  cachedFileSubject('what others deleted is found for longer than is stated'),
)
