import type { Steps } from '@consensus-store/sql'

/** Steps of one write, and whoever waits for their rows. */
export interface Write {
  readonly steps: Steps
  resolve(rows: unknown[][]): void
  reject(error: unknown): void
}

export interface Groups {
  add(write: Write): void
}

export interface GroupOptions {
  /** Groups under way at once. */
  readonly lanes: number
  /** Writes in one group. */
  readonly most: number
  /** Settles every write of the group, and never rejects. */
  run(group: readonly Write[]): Promise<void>
}

/** Writes that are waiting travel together: one transaction, one round trip, one flush. */
export function groups({ lanes, most, run }: GroupOptions): Groups {
  const waiting: Write[] = []
  let underWay = 0
  let scheduled = false

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(depart)
  }

  function depart(): void {
    scheduled = false
    while (waiting.length > 0 && underWay < lanes) {
      underWay += 1
      run(waiting.splice(0, most)).finally(() => {
        underWay -= 1
        if (waiting.length > 0) schedule()
      })
    }
  }

  return {
    add(write) {
      waiting.push(write)
      schedule()
    },
  }
}
