import { StoreError } from '@consensus-store/core'
import type { Line } from './line.ts'
import { turnIn, turns } from './turns.ts'

/**
 * Up to `size` lines, made as they are needed. One of them is never lent, so that reads wait neither for transactions
 * nor for the locks that writes wait for.
 */
export interface Pool {
  readonly size: number
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
  /** Milliseconds to wait for a line to be free. */
  readonly timeoutMs: number
  connect(onLost: () => void): Promise<Line>
}

/** A server that has just refused another line is not asked for one again while there are others to make do with. */
const REFUSED_FOR_MS = 1_000

export function pool({ size, timeoutMs, connect }: PoolOptions): Pool {
  const lines = new Set<Line>()
  const lent = new Set<Line>()
  const lending = turns(size - 1, timeoutMs)
  const waiting: (() => void)[] = []
  let connecting: Promise<Line> | undefined
  let refusedAt = Number.NEGATIVE_INFINITY
  let closed = false

  /** Lines are made one at a time: a burst of callers must not open more than it takes. */
  function another(): Promise<Line> {
    connecting ??= make().finally(() => {
      connecting = undefined
    })
    return connecting
  }

  async function make(): Promise<Line> {
    if (closed) throw new StoreError('CLOSED', 'The store is closed')
    try {
      const made: Line = await connect(() => lines.delete(made))
      if (!made.alive) throw new Error('Connection terminated as soon as it was made')
      lines.add(made)
      return made
    } catch (error) {
      refusedAt = performance.now()
      throw error
    }
  }

  const mayGrow = () => lines.size < size && performance.now() - refusedAt > REFUSED_FOR_MS

  function leastLoaded(): Line | undefined {
    let least: Line | undefined
    for (const line of lines) if (!lent.has(line) && (!least || line.load < least.load)) least = line
    return least
  }

  /** Where the server gives no more lines, one of those there are will be free some time. */
  async function anotherOrFree(): Promise<void> {
    try {
      await another()
    } catch (error) {
      if (lines.size === 0) throw error
      if (!leastLoaded()) await turnIn(waiting, timeoutMs)
    }
  }

  /** The last free line is lent only when the server gives no other. */
  async function borrow(): Promise<Line> {
    while (true) {
      const line = leastLoaded()
      const idle = line?.load === 0 && lines.size - lent.size > 1
      if (line && (idle || !mayGrow())) {
        lent.add(line)
        return line
      }
      await anotherOrFree()
    }
  }

  return {
    size,
    get lines() {
      return lines.size
    },

    async share(patience) {
      while (true) {
        const line = leastLoaded()
        // A newcomer serves whoever comes next; failing to make it hurts nobody who has a line.
        if (line && line.load > patience && mayGrow()) another().catch(() => undefined)
        if (line) return line
        await anotherOrFree()
      }
    },

    lend: (work) =>
      lending.take(async () => {
        const line = await borrow()
        try {
          return await work(line)
        } finally {
          lent.delete(line)
          for (const next of waiting.splice(0)) next()
        }
      }),

    async close() {
      closed = true
      await connecting?.catch(() => undefined)
      await Promise.all([...lines].map((line) => line.close()))
    },
  }
}
