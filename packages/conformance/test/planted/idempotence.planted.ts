// Writes are idempotent: the same facts again are a no-op that gives what is stored, other facts are CONFLICT.
import { isDeepStrictEqual } from 'node:util'
import type { Execution } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

plant(
  'a repeated spawn wipes the finished result',
  'of spawning an agent: the same facts after later changes give what is stored by then',
  'idempotence',
  (store) => {
    const wiped = new Set<string>()
    const fresh = (execution: Execution): Execution =>
      wiped.has(execution.agentId)
        ? { ...execution, status: 'spawned', endedAt: undefined, startedAt: undefined }
        : execution
    return changed(store, ({ executions }) => ({
      executions: {
        async spawn(input) {
          const known = input.agentId !== undefined && (await executions.get(input.agentId))
          const execution = await executions.spawn(input)
          if (known) wiped.add(execution.agentId)
          return fresh(execution)
        },
        get: async (agentId) => {
          const found = await executions.get(agentId)
          return found && fresh(found)
        },
      },
    }))
  },
)

plant(
  'a repeated pin is told again',
  'of pinning a run: the same facts again change nothing and give what is stored',
  'idempotence',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async pin(id) {
          if ((await runs.get(id))?.pinned) await runs.unpin(id)
          return runs.pin(id)
        },
      },
    })),
)

plant(
  'a repeated completion is refused',
  'of completing an agent: the same facts again change nothing and give what is stored',
  'idempotence',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        async complete(agentId, completion) {
          if ((await executions.get(agentId))?.status === 'completed') await executions.cancel(agentId)
          return executions.complete(agentId, completion)
        },
      },
    })),
)

plant(
  'a repeated start gives the facts of the call, not those stored',
  'of starting a run: the same facts again change nothing and give what is stored',
  'idempotence',
  (store, env) =>
    changed(store, ({ runs }) => ({
      runs: { start: async (input) => ({ ...(await runs.start(input)), startedAt: env.now() }) },
    })),
)

plant(
  'a repeated start gives the run as it was when it started',
  'of starting a run: the same facts after later changes give what is stored by then',
  'idempotence',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: { start: async (input) => ({ ...(await runs.start(input)), status: 'running', pinned: false }) },
    })),
)

plant(
  'other content under a known id is taken for the same',
  'of adding an artifact: other facts are CONFLICT and change nothing (1)',
  'idempotence',
  (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        add: (input) =>
          artifacts.add(input).catch(async (error) => {
            const stored = input.id === undefined ? undefined : await artifacts.get(input.id)
            if (!hasCode(error, 'CONFLICT') || stored?.agentName !== input.agentName) throw error
            const { content: _, ...artifact } = stored
            return artifact
          }),
      },
    })),
)

plant(
  'contents that differ in the order of their keys are taken for the same',
  'of adding an artifact: other facts are CONFLICT and change nothing (6)',
  'idempotence',
  (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        add: (input) =>
          artifacts.add(input).catch(async (error) => {
            const { content: stored, ...artifact } = (await artifacts.get(input.id!))!
            const otherwise = await artifacts.add({ ...input, content: stored }).catch(() => undefined)
            if (!otherwise || !isDeepStrictEqual(stored, input.content)) throw error
            return artifact
          }),
      },
    })),
)

plant(
  'the answer that came with a failure is not compared',
  'of failing an agent: other facts are CONFLICT and change nothing (3)',
  'idempotence',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        async fail(agentId, report) {
          const { failure } = (await executions.get(agentId)) ?? {}
          if (failure?.reason !== report.reason || failure.message !== report.message) {
            return executions.fail(agentId, report)
          }
          return (await executions.get(agentId))!
        },
      },
    })),
)

plant(
  'a conclusion that conflicts is half applied',
  'of concluding a run: other facts are CONFLICT and change nothing (1)',
  'idempotence',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        conclude: (id, conclusion) =>
          runs.conclude(id, conclusion).catch(async (error) => {
            if (hasCode(error, 'CONFLICT')) await runs.pin(id)
            throw error
          }),
      },
    })),
)

plant(
  'an artifact added again after its run ended is refused',
  'of adding an artifact: the same facts after later changes give what is stored by then',
  'idempotence',
  (store) =>
    changed(store, ({ artifacts, runs }) => ({
      artifacts: {
        async add(input) {
          const run = await runs.get(input.runId)
          if (run && run.status !== 'running') return artifacts.add({ ...input, id: 'another' })
          return artifacts.add(input)
        },
      },
    })),
)

plant(
  'repeats at the same moment are told as often',
  'of abandoning a run: the same facts many times at once are one write',
  'idempotence',
  (store) => {
    const last = new Map<string, string>()
    return changed(store, ({ runs }) => ({
      runs: {
        async abandon(id) {
          const before = await runs.get(id)
          const told = await runs.abandon(id)
          if (before?.status === 'running' && last.has(id)) await runs.pin(id)
          last.set(id, told.id)
          return told
        },
      },
    }))
  },
)
