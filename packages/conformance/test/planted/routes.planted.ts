// Routing is exact: a route is what was spawned or undefined, and undefined is never remembered.
import type { Route } from '@consensus-store/core'
import { changed, plant } from './plant.ts'

plant(
  'that there was no route is remembered',
  'are found as soon as an agent is spawned, though nobody found it before',
  'routes',
  (store) => {
    const known = new Map<string, Route | undefined>()
    return changed(store, ({ routes }) => ({
      routes: {
        async find(agentId) {
          if (!known.has(agentId)) known.set(agentId, await routes.find(agentId))
          return known.get(agentId)
        },
      },
    }))
  },
)

plant(
  'an agent asked for twice is not found',
  'are found many at a time, by agent id, leaving out agents nobody spawned',
  'routes',
  (store) =>
    changed(store, ({ routes }) => ({
      routes: {
        findMany: async (ids) => {
          const found = await routes.findMany(ids)
          return new Map([...found].filter(([id]) => ids.indexOf(id) === ids.lastIndexOf(id)))
        },
      },
    })),
)

plant(
  'a route goes when its agent ends',
  'stay what they were when agents end and runs conclude',
  'routes',
  (store) =>
    changed(store, ({ routes, executions }) => ({
      routes: {
        find: async (agentId) =>
          (await executions.get(agentId))?.endedAt ? undefined : routes.find(agentId),
      },
    })),
)

plant(
  'agents that differ in case share a route',
  'are told apart by every character of the agent id',
  'routes',
  (store) => {
    const seen = new Map<string, string>()
    return changed(store, ({ routes, executions }) => ({
      executions: {
        async spawn(input) {
          const execution = await executions.spawn(input)
          const folded = execution.agentId.toLowerCase()
          if (!seen.has(folded)) seen.set(folded, execution.agentId)
          return execution
        },
      },
      routes: { find: (agentId) => routes.find(seen.get(String(agentId).toLowerCase()) ?? agentId) },
    }))
  },
)

plant(
  'a route without a branch has an empty one',
  'have no branch when their run has none',
  'routes',
  (store) =>
    changed(store, ({ routes }) => ({
      routes: {
        find: async (agentId) => {
          const route = await routes.find(agentId)
          return route && { ...route, branch: route.branch ?? '' }
        },
      },
    })),
)

plant(
  'routes of many are found in pages of a hundred',
  'are found for no agents and for a thousand, but not for more',
  'routes',
  (store) =>
    changed(store, ({ routes }) => ({
      routes: { findMany: async (ids) => (await routes.findMany(ids)) && routes.findMany(ids.slice(0, 100)) },
    })),
)
