import { StoreError } from '@consensus-store/core'
import type { Line } from './line.ts'

/**
 * Up to `size` lines, made as they are needed. One of them is never lent to a transaction, so that reads never wait
 * for the transactions of others.
 */
export interface Pool {
  readonly lines: number
  /** The line with the least to do. `patience` is how much a line may have to do before another one is made. */
  share(patience: number): Promise<Line>
  /** Runs `work` with a line that nobody else is given meanwhile. */
  lend<T>(work: (line: Line) => Promise<T>): Promise<T>
  /** Closes every line when it has answered all it was asked. */
  close(): Promise<void>
}

export interface PoolOptions {
  readonly size: number
  /** Milliseconds to wait for a line to be free to lend. */
  readonly lendTimeoutMs: number
  connect(onLost: () => void): Promise<Line>
}

export function pool({ size, lendTimeoutMs, connect }: PoolOptions): Pool {
  const lines = new Set<Line>()
  const lent = new Set<Line>()
  const borrowers: (() => void)[] = []
  let connecting: Promise<Line> | undefined
  let lending = 0

  /** Lines are made one at a time: a burst of callers must not open more than it takes. */
  function another(): Promise<Line> {
    connecting ??= make().finally(() => {
      connecting = undefined
    })
    return connecting
  }

  async function make(): Promise<Line> {
    const made: Line = await connect(() => lines.delete(made))
    if (made.alive) lines.add(made)
    return made
  }

  function leastLoaded(): Line | undefined {
    let least: Line | undefined
    for (const line of lines) if (!lent.has(line) && (!least || line.load < least.load)) least = line
    return least
  }

  async function borrow(): Promise<Line> {
    while (true) {
      const line = leastLoaded()
      if (line && (line.load === 0 || lines.size >= size)) {
        lent.add(line)
        return line
      }
      await another()
    }
  }

  return {
    get lines() {
      return lines.size
    },

    async share(patience) {
      while (true) {
        const line = leastLoaded()
        // A newcomer serves whoever comes next; failing to make it hurts nobody who has a line.
        if (line && line.load > patience && lines.size < size) another().catch(() => undefined)
        if (line) return line
        await another()
      }
    },

    async lend(work) {
      if (lending < size - 1) lending += 1
      else await turn(borrowers, lendTimeoutMs)
      let line: Line | undefined
      try {
        line = await borrow()
        return await work(line)
      } finally {
        if (line) lent.delete(line)
        const next = borrowers.shift()
        if (next) next()
        else lending -= 1
      }
    },

    async close() {
      if (connecting) await connecting.catch(() => undefined)
      await Promise.all([...lines].map((line) => line.close()))
    },
  }
}

/** Resolves when it is the caller's turn; BUSY when it does not come in time. */
function turn(queue: (() => void)[], timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    queue.splice(queue.indexOf(next), 1)
    reject(new StoreError('BUSY', `All connections were lent to transactions for ${timeoutMs} ms`))
  }, timeoutMs)
  const next = () => {
    clearTimeout(timer)
    resolve()
  }
  queue.push(next)
  return promise
}
