// Every change is an event, in the same transaction as the row; event data refer to bodies and hold no copy.
import { type Event, eventsOf, type LogEntry } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

const without = <E extends LogEntry>(events: readonly E[], type: E['type']): readonly E[] =>
  events.filter((event) => event.type !== type)

plant('pinning is not told', 'are what the log tells, after every step of a story', 'projections', (store) =>
  changed(store, ({ events }) => ({
    events: {
      read: async (runId, query) => without(await events.read(runId, query), 'run.pinned'),
      readAll: async (query) => without(await events.readAll(query), 'run.pinned'),
    },
  })),
)

plant('an answer is told word for word', 'refer to bodies, and never hold a copy of one', 'events', (store) =>
  changed(store, ({ events, executions }) => ({
    events: {
      async read(runId, query) {
        const told = await events.read(runId, query)
        return Promise.all(
          told.map(async (event) =>
            event.type === 'execution.failed' && event.data.response
              ? { ...event, data: { ...event.data, text: await executions.response(event.data.agentId) } }
              : event,
          ),
        )
      },
    },
  })),
)

plant(
  'a run does not count its last event',
  'are what the log tells, after every step of a story',
  'projections',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        get: async (id) => {
          const run = await runs.get(id)
          return run && run.lastSequence > 1 ? { ...run, lastSequence: run.lastSequence - 1 } : run
        },
      },
    })),
)

plant(
  'a row says what no event told',
  'are what the log tells, after every step of a story',
  'projections',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        list: async (query) => {
          const page = await executions.list(query)
          const items = page.items.map((row) =>
            row.status === 'timed-out' ? { ...row, status: 'cancelled' as const } : row,
          )
          return { ...page, items }
        },
      },
    })),
)

plant(
  'a refused write is told nonetheless',
  'are what the log tells whatever is done, one event a change and none without (2)',
  'projections',
  (store) =>
    changed(store, ({ executions, runs }) => ({
      executions: {
        start: (agentId) =>
          executions.start(agentId).catch(async (error) => {
            const execution = hasCode(error, 'CONFLICT') ? await executions.get(agentId) : undefined
            if (execution) await runs.pin(execution.runId)
            throw error
          }),
      },
    })),
)

plant('an event’s time is not that of its row', 'say what happened to a run, in order', 'events', (store) =>
  changed(store, ({ events }) => ({
    events: {
      read: async (runId, query) =>
        (await events.read(runId, query)).map(
          (event): Event => ({ ...event, at: new Date(event.at.getTime() + 1) }),
        ),
    },
  })),
)

plant(
  'a log read from the middle begins one too early',
  'are read after a sequence, up to a limit',
  'events',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        read: (runId, query) => events.read(runId, { ...query, after: Math.max(0, (query?.after ?? 0) - 1) }),
      },
    })),
)

plant(
  'all events are read in the order of their runs',
  'of all runs are read after a position, in the order they happened',
  'events',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        readAll: async (query) =>
          [...(await events.readAll(query))].sort((a, b) =>
            a.runId < b.runId ? -1 : a.runId > b.runId ? 1 : 0,
          ),
      },
    })),
)

plant(
  'an event appears behind one that was read already',
  'of writers and a reader who follows the log: it misses nothing',
  'racing',
  (store) => {
    const seen = new Set<number>()
    return changed(store, ({ events }) => ({
      events: {
        readAll: async (query) =>
          (await events.readAll(query)).filter(({ position }, i, { length }) => {
            const late = query?.limit === 7 && position % 5 === 0 && i < length - 1 && !seen.has(position)
            seen.add(position)
            return !late
          }),
      },
    }))
  },
)

plant(
  'the log of a deleted run is read on to its end',
  'is NOT_FOUND, and not cut short',
  'projections',
  (store) => {
    const gone = new Map<string, readonly Event[]>()
    return changed(store, ({ runs, events }) => ({
      runs: {
        async delete(id) {
          const log: Event[] = []
          for await (const event of eventsOf({ events }, id)) log.push(event)
          gone.set(id, log)
          return runs.delete(id)
        },
      },
      events: {
        async read(runId, query) {
          const { after = 0, limit = 50 } = query ?? {}
          const known = after > 0 ? gone.get(runId) : undefined
          return known ? known.slice(after, after + limit) : events.read(runId, query)
        },
      },
    }))
  },
)

plant(
  'the logs of a deleted run and of its successor cannot be told apart',
  'is NOT_FOUND when another has its id by then',
  'projections',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        read: async (runId, query) =>
          (await events.read(runId, query)).map((event): Event => ({ ...event, position: event.sequence })),
        readAll: async (query) =>
          (await events.readAll(query)).map((event): Event => ({ ...event, position: event.sequence })),
      },
    })),
)

plant(
  'a log is read in the order of its times',
  'is what its log had told by then, whatever was done (2)',
  'projections',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        read: async (runId, query) =>
          [...(await events.read(runId, query))].sort((a, b) => a.at.getTime() - b.at.getTime()),
      },
    })),
)
