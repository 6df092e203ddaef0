import {
  abandonsAnew,
  checkBundle,
  conclude,
  concludesAnew,
  concluding,
  type Draft,
  type LogEntry,
  mustBeToldBy,
  name,
  newestFirst,
  now,
  pinsAnew,
  type Run,
  type Runs,
  runPosition,
  runQuery,
  runStarted,
  type StageQuery,
  settle,
  stageQuery,
  startRun,
  startsAnew,
  unpackBundle,
} from '@consensus-store/core'
import { bundleOf, recordBundle } from './bundles.ts'
import { type MemoryContext, matches, pageOf } from './context.ts'
import { append, knownRun, remove, runIn, type State } from './state.ts'

export function runs({ env, read, write }: MemoryContext): Runs {
  const change = (id: string, decide: (run: Run, log: readonly LogEntry[]) => Draft | undefined) =>
    write((state) => {
      const draft = decide(knownRun(state, id), state.logs.get(id)!)
      if (draft) append(state, id, draft)
      return knownRun(state, id)
    })

  return {
    async start(input) {
      const run = startRun(input, env)
      return write((state) => {
        if (startsAnew(runIn(state, run.id), run)) {
          append(state, run.id, { type: 'run.started', at: run.startedAt, data: runStarted(run) })
        }
        return knownRun(state, run.id)
      })
    },

    async get(id) {
      return runIn(read(), name(id, 'id'))
    },

    async list(query) {
      const { page, archived, ...filters } = runQuery(query)
      return pageOf(
        all(read())
          .filter((run) => matches(run, filters))
          .filter(({ archivedAt }) => archived === undefined || (archivedAt !== undefined) === archived),
        page,
        runPosition,
      )
    },

    async latest(query: StageQuery) {
      const stage = stageQuery(query)
      return all(read())
        .filter((run) => matches(run, stage))
        .sort((a, b) => newestFirst(runPosition(a), runPosition(b)))[0]
    },

    async conclude(id, conclusion) {
      const data = conclude(conclusion)
      const at = now(env)
      return change(name(id, 'id'), (run, log) =>
        concludesAnew(run, data) ? concluding(log, at, data) : undefined,
      )
    },

    async abandon(id) {
      const at = now(env)
      return change(name(id, 'id'), (run) =>
        abandonsAnew(run) ? { type: 'run.abandoned', at, data: {} } : undefined,
      )
    },

    async pin(id) {
      const at = now(env)
      return change(name(id, 'id'), (run) =>
        pinsAnew(run, true) ? { type: 'run.pinned', at, data: {} } : undefined,
      )
    },

    async unpin(id) {
      const at = now(env)
      return change(name(id, 'id'), (run) =>
        pinsAnew(run, false) ? { type: 'run.unpinned', at, data: {} } : undefined,
      )
    },

    async record(input) {
      const bundle = checkBundle(input)
      const { id } = bundle.run
      return settle(`Run ${id}`, async () => {
        const before = read().archives.get(id)
        const stored = before && (await unpackBundle(before.archive))
        return write((state) => {
          // It may have been archived, restored or deleted since it was looked at.
          if (state.archives.get(id) !== before) return undefined
          if (stored) mustBeToldBy(stored, bundle)
          return before?.run ?? recordBundle(state, bundle)
        })
      })
    },

    async delete(id) {
      const runId = name(id, 'id')
      return write((state) => remove(state, runId))
    },

    async bundle(id) {
      const runId = name(id, 'id')
      const archived = read().archives.get(runId)
      return archived ? unpackBundle(archived.archive) : bundleOf(read(), runId)
    },
  }
}

const all = ({ histories, archives }: State): Run[] =>
  [...histories.values(), ...archives.values()].map(({ run }) => run)
