// A seal is over all of a log up to its conclusion, in its order, and nothing takes another one for it.
import {
  type Bundle,
  type ConsensusStore,
  digest,
  type Event,
  eventsOf,
  type LogEntry,
  type Nouns,
  type Run,
  sealOf,
} from '@consensus-store/core'
import { sealedAnew } from '../../src/golden-bundle.ts'
import { changed, hasCode, plant } from './plant.ts'

type Seal = (log: readonly LogEntry[]) => string

/** A store that seals otherwise, and finds its own seals right. */
const sealingBy = (store: ConsensusStore, seal: Seal) =>
  changed(store, (nouns) => {
    const { runs, events } = nouns
    const told = sealsOf(nouns, seal)
    return {
      runs: {
        start: async (run) => told.run(await runs.start(run)),
        get: async (id) => told.maybe(await runs.get(id)),
        latest: async (query) => told.maybe(await runs.latest(query)),
        list: async (query) => {
          const page = await runs.list(query)
          return { ...page, items: await Promise.all(page.items.map(told.run)) }
        },
        conclude: async (id, conclusion) => told.run(await runs.conclude(id, conclusion)),
        pin: async (id) => told.run(await runs.pin(id)),
        unpin: async (id) => told.run(await runs.unpin(id)),
        async record(bundle) {
          const isOurs = bundle.run.seal === undefined || bundle.run.seal === seal(bundle.events)
          return told.run(await runs.record(isOurs ? sealedAnew(bundle) : bundle))
        },
        async bundle(id) {
          const bundle = await runs.bundle(id)
          return bundle && told.bundle(bundle)
        },
      },
      events: {
        read: async (runId, query) => Promise.all((await events.read(runId, query)).map(told.event)),
        readAll: async (query) => Promise.all((await events.readAll(query)).map(told.event)),
      },
    }
  })

function sealsOf({ events }: Nouns, seal: Seal) {
  async function sealFor(runId: string): Promise<string> {
    const log: Event[] = []
    for await (const event of eventsOf({ events }, runId)) log.push(event)
    return seal(log)
  }
  const run = async (run: Run) => (run.seal ? { ...run, seal: await sealFor(run.id) } : run)
  return {
    run,
    maybe: (found: Run | undefined) => found && run(found),
    event: async (event: Event): Promise<Event> =>
      event.type === 'run.concluded'
        ? { ...event, data: { ...event.data, seal: await sealFor(event.runId) } }
        : event,
    bundle(bundle: Bundle): Bundle {
      const own = bundle.run.seal && seal(bundle.events)
      const events = bundle.events.map((entry) =>
        entry.type === 'run.concluded' ? { ...entry, data: { ...entry.data, seal: own! } } : entry,
      )
      return { ...bundle, run: { ...bundle.run, seal: own }, events }
    },
  }
}

const upToTheEnd = (log: readonly LogEntry[]) =>
  log.slice(0, log.findIndex(({ type }) => type === 'run.concluded') + 1)

const withoutSeal = ({ seal: _, ...data }: { readonly seal?: string }) => data

const over = (log: readonly LogEntry[], line: (entry: LogEntry) => string) =>
  `sha256:${digest(log.map(line).join('\n'))}`

const lineOf = ({ sequence, type, at, data }: LogEntry) =>
  `${sequence} ${type} ${at.getTime()} ${JSON.stringify(withoutSeal(data as object))}`

plant(
  'a seal forgets the order',
  'is taken when a run is concluded, and told by its last event',
  'sealing',
  (store) => sealingBy(store, (log) => `sha256:${digest(upToTheEnd(log).map(lineOf).sort().join('\n'))}`),
)

plant(
  'a seal is taken without the digests of bodies',
  'is taken when a run is concluded, and told by its last event',
  'sealing',
  (store) =>
    sealingBy(store, (log) =>
      over(upToTheEnd(log), (entry) => lineOf(entry).replaceAll(/"digest":"[0-9a-f]{64}"/g, '')),
    ),
)

plant(
  'a seal is taken without the instants',
  'is taken when a run is concluded, and told by its last event',
  'sealing',
  (store) =>
    sealingBy(store, (log) =>
      over(
        upToTheEnd(log),
        ({ sequence, type, data }) => `${sequence} ${type} ${JSON.stringify(withoutSeal(data as object))}`,
      ),
    ),
)

plant(
  'a seal is taken without the conclusion',
  'is taken when a run is concluded, and told by its last event',
  'sealing',
  (store) => sealingBy(store, (log) => over(upToTheEnd(log).slice(0, -1), lineOf)),
)

plant(
  'a seal is taken over the first page of a log',
  'is over a log longer than any page',
  'sealing',
  (store) => sealingBy(store, (log) => over(upToTheEnd(log).slice(0, 1_000), lineOf)),
)

plant(
  'a seal is taken again when an agent answers late',
  'is taken when a run is concluded, and told by its last event',
  'sealing',
  (store) =>
    sealingBy(store, (log) => (log.at(-1)?.type === 'run.concluded' ? sealOf(log) : over(log, lineOf))),
)

plant(
  'a seal takes texts for others that look alike',
  'is taken when a run is concluded, and told by its last event',
  'sealing',
  (store) => sealingBy(store, (log) => over(upToTheEnd(log), (entry) => lineOf(entry).normalize('NFD'))),
)

plant('an abandoned run is sealed', 'is none of a run that was abandoned', 'sealing', (store) =>
  changed(store, ({ runs }) => ({
    runs: {
      abandon: async (id) => ({ ...(await runs.abandon(id)), seal: `sha256:${digest(id)}` }),
    },
  })),
)

plant('a seal does not travel', 'travels with its run', 'sealing', (store) =>
  changed(store, ({ runs }) => ({
    runs: {
      async record(bundle) {
        const run = await runs.record(bundle)
        return { ...run, seal: undefined }
      },
      async bundle(id) {
        const bundle = await runs.bundle(id)
        return bundle && { ...bundle, run: { ...bundle.run, seal: undefined } }
      },
    },
  })),
)

plant(
  'a bundle is taken whatever its seal',
  'are refused when its log was edited after it was sealed, and its rows with it',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        record: (bundle) =>
          runs.record(bundle).catch((error) => {
            if (hasCode(error, 'INVALID') && /seal/.test(error.message))
              return runs.record(sealedAnew(bundle))
            throw error
          }),
      },
    })),
)

plant(
  'a bundle that was never sealed is sealed when it is recorded',
  'are refused when it was never sealed',
  'bundles',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: {
        record: (bundle) => runs.record(bundle.run.seal ? bundle : sealedAnew(bundle)),
      },
    })),
)
