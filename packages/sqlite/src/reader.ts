import type { Connection } from './connection.ts'
import { isBusy } from './errors.ts'
import { whenFree } from './waiting.ts'

/**
 * Reads on a connection of their own, so that they see what is committed and wait for no writer. The second read of a
 * tick opens a transaction that the others of that tick share: half of a lookup is taking and releasing the lock.
 */
export interface Reader {
  read<T>(query: (connection: Connection) => T): Promise<T>
  /** As `read`, with everything `query` asks answered as of one moment. */
  snapshot<T>(query: (connection: Connection) => T): Promise<T>
}

export function reader(connection: Connection, busyTimeoutMs: number): Reader {
  let readsThisTick = 0
  let shared = false

  function share(): void {
    if (shared) return
    connection.begin()
    shared = true
  }

  function endTick(): void {
    readsThisTick = 0
    if (!shared) return
    shared = false
    connection.commit()
  }

  function readNow<T>(query: (connection: Connection) => T, alone: boolean): T {
    readsThisTick += 1
    if (readsThisTick === 1) queueMicrotask(endTick)
    if (readsThisTick > 1 || !alone) share()
    return query(connection)
  }

  async function read<T>(query: (connection: Connection) => T, alone: boolean): Promise<T> {
    try {
      return readNow(query, alone)
    } catch (error) {
      // Readers wait for nobody, except while another process recovers the log after a crash.
      if (!isBusy(error)) throw error
      return whenFree(() => readNow(query, alone), busyTimeoutMs)
    }
  }

  return {
    read: (query) => read(query, true),
    snapshot: (query) => read(query, false),
  }
}
