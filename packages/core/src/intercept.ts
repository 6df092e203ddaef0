import type { ConsensusStore, Nouns } from './store.ts'

/** Runs one store call. `operation` is its full name, as in `runs.start`. */
export type Around = <T>(operation: string, call: () => Promise<T>) => Promise<T>

/** A store whose every call, inside transactions too, passes through `around`. A new method cannot forget to be included. */
export function intercept(store: ConsensusStore, around: Around): ConsensusStore {
  const close = wrapped('close', store.close, store, around)
  return {
    ...interceptNouns(store, around),
    name: store.name,
    supports: store.supports,
    transaction: (work) =>
      around('transaction', () =>
        // What is no function is the store's to refuse; wrapped, it would look like one.
        store.transaction(typeof work === 'function' ? (tx) => work(interceptNouns(tx, around)) : work),
      ),
    arrival: wrapped('arrival', store.arrival, store, around),
    identity: wrapped('identity', store.identity, store, around),
    archives: interceptNoun('archives', store.archives, around),
    retention: interceptNoun('retention', store.retention, around),
    chores: interceptNoun('chores', store.chores, around),
    health: wrapped('health', store.health, store, around),
    verify: wrapped('verify', store.verify, store, around),
    rebuild: wrapped('rebuild', store.rebuild, store, around),
    reclaim: wrapped('reclaim', store.reclaim, store, around),
    backup: wrapped('backup', store.backup, store, around),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The same nouns, every call of which passes `around`. */
export function interceptNouns(nouns: Nouns, around: Around): Nouns {
  return {
    runs: interceptNoun('runs', nouns.runs, around),
    executions: interceptNoun('executions', nouns.executions, around),
    routes: interceptNoun('routes', nouns.routes, around),
    artifacts: interceptNoun('artifacts', nouns.artifacts, around),
    syntheses: interceptNoun('syntheses', nouns.syntheses, around),
    events: interceptNoun('events', nouns.events, around),
    cursors: interceptNoun('cursors', nouns.cursors, around),
    snapshots: interceptNoun('snapshots', nouns.snapshots, around),
  }
}

function interceptNoun<N extends object>(path: string, noun: N, around: Around): N {
  const methods = Object.entries(noun).map(([key, method]) => [
    key,
    wrapped(`${path}.${key}`, method as Method, noun, around),
  ])
  return Object.fromEntries(methods)
}

type Method = (...args: never[]) => Promise<unknown>

function wrapped<M extends Method>(operation: string, method: M, self: object, around: Around): M {
  return ((...args: never[]) => around(operation, () => method.apply(self, args))) as M
}
