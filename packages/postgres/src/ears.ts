import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { bell, type Ears } from '@consensus-store/core'
import type { Line } from './line.ts'
import type { LogPlace, Look } from './log.ts'

export interface PostgresEars extends Ears {
  /**
   * Told of every look at the log. Who is under way then may not know yet that somebody listens, and one that is rolled back tells
   * nobody that what came after it is settled: for as long as there is one, those who wait look for themselves.
   */
  looked(look: Pick<Look, 'underWay'>): void
  /** Wakes all who wait, and listens no more. Resolves when nothing of it is left. */
  close(): Promise<void>
}

export interface EarsOptions {
  readonly place: LogPlace
  /** Whether a connection can be listened on: a proxy that pools transactions gives it to others in between. */
  readonly listens: boolean
  /** Milliseconds the server gets to answer. */
  readonly timeoutMs: number
  connect(onLost: () => void, onNotified: () => void): Promise<Line>
}

/** Milliseconds between looks while something may happen unheard. */
const LOOK_MS = 250
/** Milliseconds for which writers take a listener to be there, and between its saying that it still is. */
const PRESENT_MS = 30_000
const REPEAT_MS = 10_000
/** Milliseconds until a lost connection is tried again, at first and at most. */
const PAUSE_MS = { first: 100, most: 10_000 }

/**
 * Listens on a connection of its own from when somebody first waits until nobody is interested any more. Writers notify
 * only while a row says that there is a listener. While it cannot listen, those who wait look for themselves.
 */
export function ears({ place, listens, timeoutMs, connect }: EarsOptions): PostgresEars {
  const { channel, listeners } = place
  const rung = bell()
  const interested = new Set<object>()
  const id = randomUUID()
  let hears = false
  let doubtedAt = Number.NEGATIVE_INFINITY
  let closed = false
  let quit = new AbortController()
  let listening: Promise<void> | undefined

  const present = {
    text: `insert into ${listeners} (id, until) values ($1, clock_timestamp() + interval '${PRESENT_MS} milliseconds')
      on conflict (id) do update set until = excluded.until`,
    values: [id],
  }
  const forgotten = { text: `delete from ${listeners} where until < clock_timestamp()` }
  const gone = { text: `delete from ${listeners} where id = $1`, values: [id] }

  function join(interest: object): void {
    interested.add(interest)
    if (listens && !closed) listening ??= keepListening()
  }

  function leave(interest: object): void {
    interested.delete(interest)
    if (interested.size === 0) quit.abort()
  }

  async function keepListening(): Promise<void> {
    let pause = PAUSE_MS.first
    while (interested.size > 0 && !closed) {
      quit = new AbortController()
      const heard = await listenOnce(quit.signal)
      pause = heard ? PAUSE_MS.first : Math.min(pause * 2, PAUSE_MS.most)
      await sleep(pause * (0.5 + Math.random()), undefined, { signal: quit.signal }).catch(() => undefined)
    }
    // Right here, so that who becomes interested next begins again.
    listening = undefined
  }

  /** Resolves when the connection is lost or no longer wanted, to whether it was ever heard on. */
  async function listenOnce(signal: AbortSignal): Promise<boolean> {
    const lost = new AbortController()
    const over = AbortSignal.any([signal, lost.signal])
    let line: Line | undefined
    let heard = false
    try {
      line = await connect(() => lost.abort(), rung.ring)
      // Each by itself: what notifies may do so as soon as it sees the row, so listening must have begun by then.
      for (const query of [{ text: `listen ${channel}` }, forgotten, present]) await answered(line, query)
      hears = heard = true
      // What was appended before it was heard.
      rung.ring()
      while (!over.aborted) {
        await sleep(REPEAT_MS, undefined, { signal: over }).catch(() => undefined)
        if (over.aborted) break
        await answered(line, present)
        // Nobody waits for longer than that for what was not heard.
        rung.ring()
      }
    } catch {
      // Whoever waits looks for itself meanwhile, and is told what is wrong when that fails too.
    }
    hears = false
    // Who waits must not sleep on, trusting to hear.
    rung.ring()
    line?.send(gone).catch(() => undefined)
    await line?.close()
    return heard
  }

  async function answered(line: Line, query: Parameters<Line['send']>[0]): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error('The server has not answered')), timeoutMs)
    await Promise.race([line.send(query), promise]).finally(() => clearTimeout(timer))
  }

  return {
    bell: rung,
    get lookEveryMs() {
      return hears && performance.now() - doubtedAt > LOOK_MS ? Number.POSITIVE_INFINITY : LOOK_MS
    },

    looked({ underWay }) {
      if (underWay) doubtedAt = performance.now()
    },

    attend(signal) {
      const interest = signal ?? {}
      if (!signal) {
        join(interest)
        return () => leave(interest)
      }
      if (!interested.has(signal) && !signal.aborted) {
        signal.addEventListener('abort', () => leave(interest), { once: true })
        join(interest)
      }
      return () => {}
    },

    async close() {
      closed = true
      quit.abort()
      rung.ring()
      await listening
    },
  }
}
