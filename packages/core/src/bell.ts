/** Wakes those who wait for what may have happened. */
export interface Bell {
  /** How often it was rung. */
  readonly rings: number
  ring(): void
  /** Whether it is rung within so many milliseconds; false as soon as `signal` is aborted. */
  rung(withinMs: number, signal?: AbortSignal): Promise<boolean>
}

/** A bell that nobody has rung. Who waits for it leaves nothing behind, whatever ends the waiting. */
export function bell(): Bell {
  const waiting = new Set<(rung: boolean) => void>()
  let rings = 0

  return {
    get rings() {
      return rings
    },

    ring() {
      rings += 1
      for (const wake of waiting) wake(true)
    },

    async rung(withinMs, signal) {
      if (signal?.aborted) return false
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const giveUp = () => resolve(false)
      const timer = setTimeout(giveUp, withinMs)
      signal?.addEventListener('abort', giveUp)
      waiting.add(resolve)
      try {
        return await promise
      } finally {
        waiting.delete(resolve)
        signal?.removeEventListener('abort', giveUp)
        clearTimeout(timer)
      }
    },
  }
}
