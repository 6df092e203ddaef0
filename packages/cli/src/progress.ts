import type { Terminal } from './io.ts'

/** Shows on a terminal that something long is under way; in a pipe it shows nothing. */
export interface Progress {
  /** `count` more are done. */
  step(count?: number): void
  /** Takes the line away again. Calling it twice is fine. */
  done(): void
}

const REDRAW_MS = 100
const CLEAR_LINE = '\r\u001b[K'

/** Progress on one line of `stream`, which reads like `label 1,200`, and with a rate `label 1,200 (340/s)`. */
export function progress(stream: Terminal, label: string, { rate = false } = {}): Progress {
  if (!stream.isTTY) return { step: () => {}, done: () => {} }
  let total = 0
  const startedAt = performance.now()
  const perSecond = () => Math.round(total / Math.max(0.001, (performance.now() - startedAt) / 1_000))
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    step(count = 1) {
      total += count
      if (performance.now() - drawnAt < REDRAW_MS) return
      drawnAt = performance.now()
      const shown = rate ? ` (${perSecond().toLocaleString('en-US')}/s)` : ''
      stream.write(`${CLEAR_LINE}${label} ${total.toLocaleString('en-US')}${shown}`)
    },
    done() {
      if (drawnAt !== Number.NEGATIVE_INFINITY) stream.write(CLEAR_LINE)
      drawnAt = Number.NEGATIVE_INFINITY
    },
  }
}
