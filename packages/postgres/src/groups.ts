import type { Bound } from '@consensus-store/sql'

/** Steps of one write, and whoever waits for their rows. */
export interface Write {
  readonly steps: readonly [Bound, ...Bound[]]
  resolve(rows: unknown[][]): void
  reject(error: unknown): void
}

export interface Groups {
  add(write: Write): void
  /** Resolves when everything added so far is settled. */
  idle(): Promise<void>
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
  const underWay = new Set<Promise<void>>()
  let scheduled = false

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(depart)
  }

  function depart(): void {
    scheduled = false
    while (waiting.length > 0 && underWay.size < lanes) {
      const group = run(waiting.splice(0, most)).finally(() => {
        underWay.delete(group)
        if (waiting.length > 0) schedule()
      })
      underWay.add(group)
    }
  }

  return {
    add(write) {
      waiting.push(write)
      schedule()
    },
    async idle() {
      await null
      while (underWay.size > 0 || waiting.length > 0) await Promise.all(underWay)
    },
  }
}
