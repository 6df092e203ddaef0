import {
  abandonsAnew,
  checkBundle,
  conclude,
  concludesAnew,
  type Draft,
  name,
  newestFirst,
  now,
  type Run,
  type Runs,
  runPosition,
  runQuery,
  runStarted,
  type StageQuery,
  stageQuery,
  startRun,
  startsAnew,
} from '@consensus-store/core'
import { bundleOf, recordBundle } from './bundles.ts'
import { type MemoryContext, matches, pageOf } from './context.ts'
import { append, knownRun, remove, runIn, type State } from './state.ts'

export function runs({ env, read, write }: MemoryContext): Runs {
  const change = (id: string, decide: (run: Run) => Draft | undefined) =>
    write((state) => {
      const draft = decide(knownRun(state, id))
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
      const { page, ...filters } = runQuery(query)
      return pageOf(
        all(read()).filter((run) => matches(run, filters)),
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
      return change(name(id, 'id'), (run) =>
        concludesAnew(run, data) ? { type: 'run.concluded', at, data } : undefined,
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
      return change(name(id, 'id'), (run) => (run.pinned ? undefined : { type: 'run.pinned', at, data: {} }))
    },

    async unpin(id) {
      const at = now(env)
      return change(name(id, 'id'), (run) =>
        run.pinned ? { type: 'run.unpinned', at, data: {} } : undefined,
      )
    },

    async record(input) {
      const bundle = checkBundle(input)
      return write((state) => recordBundle(state, bundle))
    },

    async delete(id) {
      const runId = name(id, 'id')
      return write((state) => remove(state, runId))
    },

    async bundle(id) {
      return bundleOf(read(), name(id, 'id'))
    },
  }
}

const all = ({ histories }: State): Run[] => [...histories.values()].map(({ run }) => run)
