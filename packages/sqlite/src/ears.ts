import { bell, type Ears } from '@consensus-store/core'
import type { Connection } from './connection.ts'

export interface SqliteEars extends Ears {
  /** Wakes all who wait, and listens no more. */
  close(): void
}

/** Milliseconds between looks for what other connections have committed. */
const LOOK_MS = 25

/**
 * Who commits on this store rings by itself. SQLite tells of others only those who ask, which takes microseconds; so that is
 * done while somebody waits, and only where others can be.
 */
export function ears(reading: Connection, shared: boolean): SqliteEars {
  const rung = bell()
  let attending = 0
  let version = 0
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    const seen = version
    try {
      version = reading.dataVersion()
    } catch {
      // A database that cannot be asked is told of by whoever reads it.
      rung.ring()
      return
    }
    if (version !== seen) rung.ring()
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    bell: rung,
    lookEveryMs: Number.POSITIVE_INFINITY,

    attend() {
      attending += 1
      if (shared && !timer) {
        look()
        timer = setInterval(look, LOOK_MS)
      }
      return () => {
        attending -= 1
        if (attending === 0) stop()
      }
    },

    close() {
      stop()
      rung.ring()
    },
  }
}
