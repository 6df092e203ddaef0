/** Stops asking what keeps failing, and finds out in the background when to ask again: never at a caller's expense. */
export interface Breaker {
  /** Whether nothing is to be asked now. */
  readonly open: boolean
  /** When it opened, while it is open. */
  readonly openSince: Date | undefined
  succeeded(): void
  failed(): void
  close(): void
}

export interface BreakerOptions {
  /** Tries once more; resolves with whether that went well, and never rejects. */
  readonly probe: () => Promise<boolean>
  /** Called when it has closed again. */
  readonly recovered: () => void
}

/** Failures in a row that are one too many. */
const FAILURES = 3
const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 5_000

export function breaker({ probe, recovered }: BreakerOptions): Breaker {
  let failures = 0
  let openSince: Date | undefined
  let timer: NodeJS.Timeout | undefined
  let ended = false

  const probeAfter = (delayMs: number) => {
    // With jitter, or a fleet that lost Redis at one moment would ask for it again at one moment.
    timer = setTimeout(
      async () => {
        const well = await probe()
        if (ended || !openSince) return
        if (!well) return probeAfter(Math.min(delayMs * 2, LONGEST_DELAY_MS))
        openSince = undefined
        failures = 0
        recovered()
      },
      delayMs * (0.5 + Math.random() / 2),
    ).unref()
  }

  return {
    get open() {
      return openSince !== undefined
    },
    get openSince() {
      return openSince
    },
    succeeded() {
      failures = 0
    },
    failed() {
      failures += 1
      if (failures < FAILURES || openSince || ended) return
      openSince = new Date()
      probeAfter(FIRST_DELAY_MS)
    },
    close() {
      ended = true
      clearTimeout(timer)
    },
  }
}
