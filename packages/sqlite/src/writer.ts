import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Bound } from '@consensus-store/sql'
import { type Connection, runSteps } from './connection.ts'
import { whenFree } from './waiting.ts'

/** Milliseconds one group may work before it commits, and writers may work before the event loop gets its turn. */
const LONGEST_GROUP_MS = 8

type Steps = readonly [Bound, ...Bound[]]

/**
 * Takes writes in the order they are asked for, on the one connection that writes. Those that are waiting share a
 * transaction and so a flush; each resolves after the commit that holds it.
 */
export interface Writer {
  write(steps: Steps): Promise<unknown[][]>
  /** Runs `work` alone, in a transaction of its own that it may keep open while it waits for other things. */
  exclusively<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Runs `work` while nobody else of this process writes, and without a transaction. */
  undisturbed<T>(work: (connection: Connection) => T | Promise<T>): Promise<T>
  /** Resolves when everything asked for so far is done. */
  idle(): Promise<void>
}

interface Write {
  readonly steps: Steps
  readonly askedAt: number
  resolve(rows: unknown[][]): void
  reject(error: unknown): void
}

/** A turn on the connection that is not shared. */
type Alone = () => Promise<void>

/** `committed` is called after every commit, before anyone is told of it. */
export function writer(connection: Connection, busyTimeoutMs: number, committed: () => void): Writer {
  const waiting: (Write | Alone)[] = []
  let draining: Promise<void> | undefined
  let lastTurn = performance.now()

  function enqueue(job: Write | Alone): void {
    waiting.push(job)
    draining ??= Promise.resolve().then(drain)
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      if (typeof waiting[0] === 'function') await (waiting.shift() as Alone)()
      else await writeGroup()
      if (performance.now() - lastTurn > LONGEST_GROUP_MS) {
        await nextTurn()
        lastTurn = performance.now()
      }
    }
    draining = undefined
  }

  function commit(): void {
    connection.commit()
    committed()
  }

  async function writeGroup(): Promise<void> {
    const group: Write[] = []
    try {
      await begin((waiting[0] as Write).askedAt)
      const results = runGroup(group)
      commit()
      for (const [i, write] of group.entries()) write.resolve(results[i]!)
    } catch (error) {
      connection.rollback()
      if (group.length > 1) for (const write of group) await writeAlone(write)
      else (group[0] ?? (waiting.shift() as Write)).reject(error)
    }
  }

  /** Takes writes from the queue into `group` while there is time, and runs them. */
  function runGroup(group: Write[]): unknown[][][] {
    const results: unknown[][][] = []
    const deadline = performance.now() + LONGEST_GROUP_MS
    while (waiting.length > 0 && typeof waiting[0] !== 'function') {
      const write = waiting.shift() as Write
      group.push(write)
      results.push(runSteps(connection, write.steps))
      if (performance.now() > deadline) break
    }
    return results
  }

  /** One member of a group that failed: no member may suffer for another, nor leave half of itself behind. */
  async function writeAlone({ steps, askedAt, resolve, reject }: Write): Promise<void> {
    try {
      await begin(askedAt)
      const rows = runSteps(connection, steps)
      commit()
      resolve(rows)
    } catch (error) {
      connection.rollback()
      reject(error)
    }
  }

  /** Whoever asked has waited since then, so a queue behind a lock gives up one timeout after it formed. */
  const begin = (askedAt: number) =>
    whenFree(() => connection.beginImmediate(), askedAt + busyTimeoutMs - performance.now())

  return {
    write: (steps) =>
      new Promise((resolve, reject) => enqueue({ steps, askedAt: performance.now(), resolve, reject })),

    exclusively: (work) => {
      const askedAt = performance.now()
      return new Promise((resolve, reject) =>
        enqueue(async () => {
          try {
            await begin(askedAt)
            const result = await work(connection)
            commit()
            resolve(result)
          } catch (error) {
            connection.rollback()
            reject(error)
          }
        }),
      )
    },

    undisturbed: (work) =>
      new Promise((resolve, reject) =>
        enqueue(async () => {
          try {
            resolve(await work(connection))
          } catch (error) {
            reject(error)
          }
        }),
      ),

    async idle() {
      while (draining) await draining
    },
  }
}
