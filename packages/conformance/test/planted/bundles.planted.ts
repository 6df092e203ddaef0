// A run is recorded with all it owns or not at all, and only if its log tells what its rows say.
import { eventsOf, type LogEntry } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

plant(
  'a bundle that conflicts leaves its run behind',
  'are refused whole when one agent of theirs belongs to another run',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        record: (bundle) =>
          runs.record(bundle).catch(async (error) => {
            const { id, specId, stage } = bundle.run
            if (hasCode(error, 'CONFLICT') && !(await runs.get(id))) await runs.start({ id, specId, stage })
            throw error
          }),
      },
    })),
)

plant('a bundle whose log lies is taken', 'are refused when the labels are others', 'bundles', (store) =>
  changed(store, ({ runs }) => ({
    runs: {
      record: (bundle) =>
        runs.record(bundle).catch((error) => {
          if (hasCode(error, 'INVALID') && bundle.run.labels.team === 'beta') return bundle.run
          throw error
        }),
    },
  })),
)

plant(
  'a run that has gone on is said to be where an older bundle is',
  'leave a run as it is when it has gone on from there',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async record(bundle) {
          const stored = await runs.record(bundle)
          return stored.lastSequence > bundle.run.lastSequence ? bundle.run : stored
        },
      },
    })),
)

plant(
  'a bundle does not bring a run up that is there',
  'bring a run that is there up to where they are',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        async record(bundle) {
          const stored = await runs.get(bundle.run.id)
          return stored && stored.lastSequence < bundle.run.lastSequence ? stored : runs.record(bundle)
        },
      },
    })),
)

plant(
  'a bundle that took another turn is taken for the same',
  'are refused when the run took another turn',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        record: (bundle) =>
          runs.record(bundle).catch(async (error) => {
            const stored = await runs.get(bundle.run.id)
            if (hasCode(error, 'CONFLICT') && stored?.lastSequence === bundle.run.lastSequence) return stored
            throw error
          }),
      },
    })),
)

plant(
  'rows of a bundle are newest first',
  'hold everything a run owns, as it is found one by one',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        bundle: async (id) => {
          const bundle = await runs.bundle(id)
          return bundle && { ...bundle, executions: bundle.executions.toReversed() }
        },
      },
    })),
)

plant(
  'a bundle leaves out the answers of failures',
  'hold everything a run owns, as it is found one by one',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        bundle: async (id) => {
          const bundle = await runs.bundle(id)
          return (
            bundle && {
              ...bundle,
              executions: bundle.executions.map((row) =>
                row.status === 'failed' ? { ...row, response: undefined } : row,
              ),
            }
          )
        },
      },
    })),
)

plant('a bundle is cut at a page', 'hold a log longer than any page', 'bundles', (store) =>
  changed(store, ({ runs }) => ({
    runs: {
      bundle: async (id) => {
        const bundle = await runs.bundle(id)
        return bundle && { ...bundle, executions: bundle.executions.slice(0, 1_000) }
      },
    },
  })),
)

plant(
  'rows are written down in another order of fields',
  'read the same, character for character, from every backend',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        bundle: async (id) => {
          const bundle = await runs.bundle(id)
          return (
            bundle && { ...bundle, run: Object.fromEntries(Object.entries(bundle.run).toReversed()) as never }
          )
        },
      },
    })),
)

plant(
  'the events of a bundle are read at another moment than its rows',
  'are as of one moment while the run goes on',
  'bundles',
  (store) =>
    changed(store, ({ runs, events }) => ({
      runs: {
        bundle: async (id) => {
          const bundle = await runs.bundle(id)
          await new Promise((resolve) => setImmediate(resolve))
          const log: LogEntry[] = []
          for await (const { runId: _, position: __, ...entry } of eventsOf({ events }, id)) log.push(entry)
          return bundle && { ...bundle, events: log }
        },
      },
    })),
)
