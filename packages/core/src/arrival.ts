import { options as checkOptions, count, optionalSignal, timerMs } from './argument.ts'
import type { Bell } from './bell.ts'
import type { ConsensusStore } from './store.ts'

/** How long to wait for an arrival. */
export interface ArrivalOptions {
  /** Milliseconds to wait at most, up to 2147483647. */
  readonly withinMs: number
  /**
   * Ends the waiting in order when it is aborted. Until then the store may hold on to what lets it hear at once, also
   * between one call and the next with the same signal.
   */
  readonly signal?: AbortSignal | undefined
}

/** What a store hears by that its log may have grown. */
export interface Ears {
  /** Rung when it may have. */
  readonly bell: Bell
  /** Milliseconds after which to look, as long as the bell might not be rung. */
  readonly lookEveryMs: number
  /** Listens until it is told that the waiting is over, and if it can be had more cheaply until `signal` is aborted. */
  attend(signal: AbortSignal | undefined): () => void
}

/** `arrival` for a store that has ears: `isBehind` looks whether a position is behind anything that can be read. */
export const arrivals =
  (isBehind: (position: number) => Promise<boolean>, ears: Ears): ConsensusStore['arrival'] =>
  async (after, options) => {
    count(after, 'after')
    const { withinMs, signal } = arrivalOptions(options)
    const until = performance.now() + withinMs
    const { bell } = ears
    const leave = ears.attend(signal)
    try {
      while (!signal?.aborted) {
        const left = until - performance.now()
        // Counted before looking, so that nothing gets lost between looking and waiting.
        const { rings } = bell
        if (left <= 0 || (await isBehind(after)) || bell.rings > rings) return
        if (await bell.rung(Math.min(left, ears.lookEveryMs), signal)) return
      }
    } finally {
      leave()
    }
  }

function arrivalOptions(options: ArrivalOptions): ArrivalOptions {
  const { withinMs, signal } = checkOptions(options, 'options')
  return { withinMs: timerMs(withinMs, 'withinMs'), signal: optionalSignal(signal, 'signal') }
}
