// A snapshot saves time and is never believed beyond its proof: deleting them all changes no answer.
import {
  type ConsensusStore,
  type Event,
  type Nouns,
  type Replayable,
  replay,
  SNAPSHOT_VERSION,
  type Snapshot,
  type Snapshots,
  snapshotDigest,
} from '@consensus-store/core'
import { changed, hasCode, plant, plantReplay } from './plant.ts'

const logOf = (events: Nouns['events'], runId: string): Promise<readonly Event[]> =>
  events.read(runId, { limit: 1_000 })

/** A snapshot that says something else, and is whole in itself. */
function remade(snapshot: Snapshot, change: Partial<Snapshot>): Snapshot {
  const changed = { ...snapshot, ...change }
  const state = changed.state.replace(/"lastSequence":\d+/, `"lastSequence":${changed.sequence}`)
  return { ...changed, state, digest: snapshotDigest({ ...changed, state }) }
}

plant(
  'a snapshot claims one event more than it holds',
  'are kept as they were saved, one for each event',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots, events }) => ({
      snapshots: {
        async save(snapshot) {
          const next = (await logOf(events, snapshot.runId))[snapshot.sequence]
          return snapshots.save(
            next ? remade(snapshot, { sequence: next.sequence, position: next.position }) : snapshot,
          )
        },
      },
    })),
)

plant(
  'the newest snapshot is given, wherever the point',
  'are the newest up to any sequence, and of any instant those with nothing later',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots }) => ({ snapshots: { latest: (runId) => snapshots.latest(runId) } })),
)

plant(
  'a snapshot at the very point is passed over',
  'are the newest up to any sequence, and of any instant those with nothing later',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots }) => ({
      snapshots: {
        latest: async (runId, query) =>
          typeof query?.to === 'number' && query.to > 1
            ? snapshots.latest(runId, { to: query.to - 1 })
            : snapshots.latest(runId, query),
      },
    })),
)

plant(
  'an instant is served by a snapshot whose last event is before it, though another came later',
  'are the newest up to any sequence, and of any instant those with nothing later',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots, events }) => ({
      snapshots: {
        async save(snapshot) {
          const last = (await logOf(events, snapshot.runId))[snapshot.sequence - 1]
          return snapshots.save(last ? remade(snapshot, { latestAt: last.at }) : snapshot)
        },
      },
    })),
)

plant(
  'an instant itself is not within what lies before it',
  'are the newest up to any sequence, and of any instant those with nothing later',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots }) => ({
      snapshots: {
        latest: (runId, query) =>
          query?.to instanceof Date
            ? snapshots.latest(runId, { to: new Date(query.to.getTime() - 1) })
            : snapshots.latest(runId, query),
      },
    })),
)

plant(
  'a snapshot survives its run, and is believed of the next of that id',
  'go with their run, and none of them is kept afterwards',
  'snapshots',
  (store) => {
    const left = new Map<string, Snapshot>()
    return changed(store, ({ snapshots, events, runs }) => ({
      runs: {
        async delete(id) {
          const snapshot = await snapshots.latest(id)
          const gone = await runs.delete(id)
          if (gone && snapshot) left.set(id, snapshot)
          return gone
        },
      },
      snapshots: {
        async latest(runId, query) {
          const snapshot = left.get(runId)
          const event = snapshot && (await logOf(events, runId))[snapshot.sequence - 1]
          return event ? remade(snapshot, { position: event.position }) : snapshots.latest(runId, query)
        },
      },
    }))
  },
)

plant(
  'a snapshot of what is not there is said to be kept',
  'are not kept of an event that is not there',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots }) => ({
      snapshots: {
        async save(snapshot) {
          await snapshots.save(snapshot)
          return true
        },
      },
    })),
)

plant(
  'whoever saves a snapshot does not look whether its event is there',
  'are not kept of an event that is not there',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots, events }) => ({
      snapshots: {
        async save(snapshot) {
          const event = (await logOf(events, snapshot.runId))[snapshot.sequence - 1]
          return snapshots.save(event ? remade(snapshot, { position: event.position }) : snapshot)
        },
      },
    })),
)

plant(
  'the first snapshot of an event stays, and those after it are lost',
  'are kept as they were saved, one for each event',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots }) => ({
      snapshots: {
        async save(snapshot) {
          const kept = await snapshots.latest(snapshot.runId, { to: snapshot.sequence })
          return kept?.sequence === snapshot.sequence || snapshots.save(snapshot)
        },
      },
    })),
)

plant(
  'deleting snapshots deletes nothing',
  'are forgotten, those of a run or all, and are counted',
  'snapshots',
  (store) => {
    const told = new Set<string>()
    return changed(store, ({ snapshots }) => ({
      snapshots: {
        async save(snapshot) {
          told.add(`${snapshot.runId} ${snapshot.sequence}`)
          return snapshots.save(snapshot)
        },
        async delete(runId) {
          const gone = [...told].filter((key) => runId === undefined || key.startsWith(`${runId} `))
          for (const key of gone) told.delete(key)
          return gone.length
        },
      },
    }))
  },
)

plant(
  'deleting the snapshots of a run deletes all there are',
  'are forgotten, those of a run or all, and are counted',
  'snapshots',
  (store) => changed(store, ({ snapshots }) => ({ snapshots: { delete: () => snapshots.delete() } })),
)

plant(
  'deleting snapshots counts runs',
  'are forgotten, those of a run or all, and are counted',
  'snapshots',
  (store) =>
    changed(store, ({ snapshots }) => ({
      snapshots: { delete: async (runId) => Math.min(1, await snapshots.delete(runId)) },
    })),
)

plant(
  'snapshots are saved outside the transaction they are saved in',
  'go with the transaction they are saved in, or not at all',
  'snapshots',
  (store) => {
    const outside = store.snapshots
    return {
      ...store,
      async transaction(work) {
        const saved: Snapshot[] = []
        try {
          return await store.transaction((tx) =>
            work({
              ...tx,
              snapshots: {
                ...tx.snapshots,
                save(snapshot) {
                  saved.push(snapshot)
                  return tx.snapshots.save(snapshot)
                },
              },
            }),
          )
        } finally {
          for (const snapshot of saved) await outside.save(snapshot)
        }
      },
    }
  },
)

plant('a snapshot is an event', 'are no part of the log, nor of a run', 'snapshots', (store) =>
  changed(store, ({ snapshots, runs }) => ({
    snapshots: {
      async save(snapshot) {
        const saved = await snapshots.save(snapshot)
        if (saved) await runs.pin(snapshot.runId).catch((error) => !hasCode(error, 'NOT_FOUND'))
        return saved
      },
    },
  })),
)

/** Who replays right, but of a store whose snapshots are not what they seem. */
const spoiled =
  (change: (snapshots: Snapshots, store: Replayable) => Partial<Snapshots>): typeof replay =>
  (store, ...rest) =>
    replay({ ...store, snapshots: { ...store.snapshots, ...change(store.snapshots, store) } }, ...rest)

/** Who replays and takes what is found for something else. */
const taking = (as: (found: Snapshot, store: Replayable) => Snapshot | Promise<Snapshot>) =>
  spoiled(({ latest }, store) => ({
    async latest(runId, query) {
      const found = await latest(runId, query)
      return found && as(found, store)
    },
  }))

plantReplay(
  'a replay does not look at the digest of a snapshot',
  'does without those that are damaged, of another version, or of another log',
  taking((found) => ({ ...found, digest: snapshotDigest(found) })),
)

plantReplay(
  'a replay does not look at the version of a snapshot',
  'does without those that are damaged, of another version, or of another log',
  taking((found) =>
    found.version === SNAPSHOT_VERSION ? found : remade(found, { version: SNAPSHOT_VERSION }),
  ),
)

plantReplay(
  'a replay does not look whether the event of a snapshot is where it was',
  'does without those that are damaged, of another version, or of another log',
  taking(async (found, { events }) => {
    const log = await events.readAll({ limit: 1_000 })
    const now = log.find(({ runId, sequence }) => runId === found.runId && sequence === found.sequence)
    return now ? remade(found, { position: now.position }) : found
  }),
)

plantReplay(
  'a replay does not look of how many events a snapshot is',
  'does without those that are damaged, of another version, or of another log',
  taking((found) => (found.digest === snapshotDigest(found) ? remade(found, {}) : found)),
)

plantReplay(
  'a replay uses no snapshots',
  'keeps what it folded, at the last multiple, and the next goes on from there',
  spoiled(() => ({ latest: async () => undefined })),
)

plantReplay(
  'a replay keeps no snapshots',
  'keeps what it folded, at the last multiple, and the next goes on from there',
  spoiled(() => ({ save: async () => false })),
)

plantReplay(
  'a replay keeps a snapshot of all it folded',
  'keeps what it folded, at the last multiple, and the next goes on from there',
  async (store, runId, options) => {
    const history = await replay(store, runId, { ...options, snapshotEvery: 'never' })
    const { snapshotEvery } = options ?? {}
    if (typeof snapshotEvery !== 'number') return replay(store, runId, options)
    return replay(store, runId, {
      ...options,
      snapshotEvery: Math.max(snapshotEvery, history.run.lastSequence),
    })
  },
)

plantReplay(
  'a replay keeps snapshots in transactions',
  'keeps none of a run that is short or archived, none in a transaction, and none when told',
  (store, ...rest) => replay({ ...store, transaction: (() => undefined) as never }, ...rest),
)

plantReplay(
  'a replay waits until its snapshot is kept',
  'asks nothing of snapshots that cannot be had, and waits for none to be kept',
  async (store, ...rest) => {
    const saved: Promise<boolean>[] = []
    const { snapshots } = store
    const watched: Replayable = {
      ...store,
      snapshots: {
        ...snapshots,
        save(snapshot) {
          saved.push(snapshots.save(snapshot))
          return saved.at(-1)!
        },
      },
    }
    const history = await replay(watched, ...rest)
    await Promise.all(saved)
    return history
  },
)

plantReplay(
  'a replay fails when snapshots cannot be had',
  'asks nothing of snapshots that cannot be had, and waits for none to be kept',
  async (store, ...rest) => {
    const failed: unknown[] = []
    const noticed: Pick<ConsensusStore, 'snapshots'> = {
      snapshots: {
        ...store.snapshots,
        latest: (runId, query) =>
          store.snapshots.latest(runId, query).catch((error: unknown) => {
            failed.push(error)
            throw error
          }),
      },
    }
    const history = await replay({ ...store, ...noticed }, ...rest)
    if (failed.length > 0) throw failed[0]
    return history
  },
)
