import type { Connection } from './connection.ts'
import { isBusy } from './errors.ts'
import { whenFree } from './waiting.ts'

/**
 * Reads on a connection of their own, so that they see what is committed and wait for no writer. The second read of a
 * tick opens a transaction that the others of that tick share: half of a lookup is taking and releasing the lock.
 */
export interface Reader {
  read<T>(query: (connection: Connection) => T): Promise<T>
  /** Whether anything was read in this tick already. */
  hasRead(): boolean
  /** As `read`, with everything `query` asks answered as of one moment. */
  snapshot<T>(query: (connection: Connection) => T): Promise<T>
  /** Resolves when nothing asked for so far is still waiting. */
  idle(): Promise<void>
}

export function reader(connection: Connection, busyTimeoutMs: number): Reader {
  let readsThisTick = 0
  let shared = false
  const waiting = new Set<Promise<unknown>>()

  function join(): void {
    readsThisTick += 1
    if (readsThisTick === 1) queueMicrotask(endTick)
    else share()
  }

  function share(): void {
    if (shared) return
    connection.begin()
    shared = true
  }

  function endTick(): void {
    readsThisTick = 0
    if (!shared) return
    shared = false
    try {
      connection.commit()
    } catch {
      // Nobody waits for the end of a tick: what is wrong with the file, the reads that met it have said.
      connection.rollback()
    }
  }

  /** Readers wait for nobody, except while another process recovers the log after a crash. */
  async function again<T>(error: unknown, query: () => T): Promise<T> {
    if (!isBusy(error)) throw error
    const retry = whenFree(query, busyTimeoutMs).finally(() => waiting.delete(retry))
    waiting.add(retry)
    return retry
  }

  return {
    // Not `async`: that would cost each lookup a promise more.
    read(query) {
      try {
        join()
        return Promise.resolve(query(connection))
      } catch (error) {
        return again(error, () => query(connection))
      }
    },

    hasRead: () => readsThisTick > 0,

    async snapshot(query) {
      const asOfOneMoment = () => {
        join()
        share()
        return query(connection)
      }
      try {
        return asOfOneMoment()
      } catch (error) {
        return again(error, asOfOneMoment)
      }
    },

    async idle() {
      await Promise.allSettled(waiting)
    },
  }
}
