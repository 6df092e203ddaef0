/** Bounds many short waits with one timer: one for each would cost as much as what it waits for. */
export interface Patience {
  /** Calls `late` in so many milliseconds, unless the wait is over by then. */
  begin(ms: number, late: () => void): Wait
  /** Whether it was still waited for. */
  end(wait: Wait): boolean
  close(): void
}

export interface Wait {
  readonly until: number
  readonly late: () => void
}

export function patience(): Patience {
  const waits = new Set<Wait>()
  let timer: NodeJS.Timeout | undefined
  let lookAt = Number.POSITIVE_INFINITY

  function arm(until: number): void {
    if (until >= lookAt) return
    clearTimeout(timer)
    lookAt = until
    // An answer that lies there already, because this process was busy, is not late: the turn after the timer reads it.
    timer = setTimeout(() => setImmediate(look), until - performance.now()).unref()
  }

  function look(): void {
    lookAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    for (const wait of waits) {
      if (wait.until > now) continue
      waits.delete(wait)
      wait.late()
    }
    for (const { until } of waits) arm(until)
  }

  return {
    begin(ms, late) {
      const wait = { until: performance.now() + ms, late }
      waits.add(wait)
      arm(wait.until)
      return wait
    },
    end: (wait) => waits.delete(wait),
    close: () => clearTimeout(timer),
  }
}
