import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { ChoreOutcome, Chores } from './chore.ts'
import { StoreError } from './error.ts'

/** A chore that is held for as long as it takes, and others with it. */
export interface Lock {
  /** Aborted when somebody else has it, or when that cannot be known any more. */
  readonly lost: AbortSignal
  /** Takes another chore, and gives whether it was to be had. Nobody can follow in the lock without being able to follow in it. */
  alsoTake(chore: string): Promise<boolean>
  /** Gives a chore back without an outcome. */
  letGo(chore: string): Promise<void>
  /** Gives a chore back with its outcome; false, and it is lost, when somebody else took it. */
  finish(chore: string, outcome: ChoreOutcome): Promise<boolean>
  /** From now on nothing is held any longer than its time. */
  stopRenewing(): void
}

/** Who holds a lock, and for how long at a time. */
export interface LockOptions {
  readonly holder: string
  readonly leaseMs: number
}

/** A name that nobody else takes, by which people find the process. */
export const newHolder = (): string => `${hostname().slice(0, 100)} ${process.pid} ${randomUUID()}`

/** Takes a chore and keeps it; `undefined` when somebody else has it. */
export async function holding(
  chores: Chores,
  lock: string,
  { holder, leaseMs }: LockOptions,
): Promise<Lock | undefined> {
  let trustedUntil = performance.now() + leaseMs
  if (!(await chores.take(lock, holder, leaseMs))) return undefined
  const lost = new AbortController()
  const held = new Set<string>()
  const lose = (message: string, cause?: unknown) => lost.abort(new StoreError('BUSY', message, { cause }))
  const followed = (chore: string) =>
    lose(`Somebody else has the chore ${chore}, because this process did not keep it in time`)

  /** What is held besides first: so its time is never over later than that of the lock. */
  async function renew(): Promise<void> {
    const asked = performance.now()
    for (const chore of [...held, lock]) {
      if (renewing.ended || lost.signal.aborted) return
      if (!(await chores.take(chore, holder, leaseMs))) return followed(chore)
    }
    trustedUntil = asked + leaseMs
  }

  /**
   * Whoever could not renew in time may have been suspended, or have kept all writers of the store waiting, its own among them. Only
   * when somebody followed is it lost, or when nobody can say.
   */
  async function doubt(): Promise<void> {
    if (performance.now() < trustedUntil) return
    try {
      const listed = await within(leaseMs / 3, chores.list())
      const others = listed.find(
        (chore) =>
          (chore.name === lock || held.has(chore.name)) &&
          chore.holder !== undefined &&
          chore.holder !== holder,
      )
      if (others) followed(others.name)
    } catch (error) {
      if (performance.now() < trustedUntil) return
      lose(`The store could not be asked in time whether the chore ${lock} is still held`, error)
    }
  }

  // What fails is tried again, for as long as it is not in doubt.
  const renewing = again(
    () => renew().catch(() => undefined),
    () => leaseMs / 3,
    lost.signal,
  )
  const doubting = again(doubt, () => Math.max(trustedUntil - performance.now(), leaseMs / 3), lost.signal)

  /** A renewal that came after a chore was given back would take it once more. */
  async function noMore(chore: string): Promise<void> {
    held.delete(chore)
    if (!lost.signal.aborted) await renewing.underWay
  }

  return {
    lost: lost.signal,
    async alsoTake(chore) {
      if (!(await chores.take(chore, holder, leaseMs))) return false
      held.add(chore)
      if (!(await chores.take(lock, holder, leaseMs))) followed(lock)
      return true
    },
    async letGo(chore) {
      await noMore(chore)
      await chores.take(chore, holder, 1)
    },
    async finish(chore, outcome) {
      await noMore(chore)
      const finished = await chores.finish(chore, holder, outcome)
      if (!finished) followed(chore)
      return finished
    },
    stopRenewing() {
      renewing.end()
      doubting.end()
    },
  }
}

/** Does something again and again, one after the other, until it is told to end. Keeps no process alive. */
function again(work: () => Promise<void>, pauseMs: () => number, signal: AbortSignal) {
  let timer: NodeJS.Timeout
  const repeating = {
    ended: false,
    underWay: Promise.resolve(),
    end() {
      repeating.ended = true
      clearTimeout(timer)
    },
  }
  const plan = () => {
    if (repeating.ended || signal.aborted) return
    timer = setTimeout(() => {
      repeating.underWay = work().then(plan)
    }, pauseMs())
    timer.unref()
  }
  plan()
  return repeating
}

/** Rejects when there is no answer after so many milliseconds. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`There was no answer for ${Math.round(ms)} ms`)), ms)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
