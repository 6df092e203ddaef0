import type { ChoreOutcome, Chores } from './chore.ts'
import { StoreError } from './error.ts'

/** A chore that is held for as long as it takes, and others with it. */
export interface Lock {
  /** Aborted when somebody else may have it, because it could not be said in time that it is still held. */
  readonly lost: AbortSignal
  /** Takes another chore, and gives whether it was to be had. Nobody can follow in the lock without being able to follow in it. */
  alsoTake(chore: string): Promise<boolean>
  /** Gives a chore back without an outcome. */
  letGo(chore: string): Promise<void>
  /** Gives a chore back with its outcome; false when it was lost. */
  finish(chore: string, outcome: ChoreOutcome): Promise<boolean>
  /** From now on nothing is held any longer than its time. */
  release(): void
}

/** Takes a chore and keeps it; `undefined` when somebody else has it. */
export async function holding(
  chores: Chores,
  lock: string,
  { holder, leaseMs }: { readonly holder: string; readonly leaseMs: number },
): Promise<Lock | undefined> {
  let trustedUntil = performance.now() + leaseMs
  if (!(await chores.take(lock, holder, leaseMs))) return undefined
  const lost = new AbortController()
  const held = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let released = false

  const lose = (message: string, cause?: unknown) => lost.abort(new StoreError('BUSY', message, { cause }))

  /** What is held besides first: so its time is never over later than that of the lock. */
  async function renew(): Promise<void> {
    const asked = performance.now()
    try {
      for (const chore of [...held, lock]) {
        if (released) return
        if (await chores.take(chore, holder, leaseMs)) continue
        return lose(`Somebody else has the chore ${chore}, because this process did not keep it in time`)
      }
      trustedUntil = asked + leaseMs
    } catch (error) {
      if (performance.now() < trustedUntil) return
      lose(`The store could not be told in time that the chore ${lock} is still held`, error)
    }
  }

  function plan(): void {
    timer = setTimeout(async () => {
      await renew()
      if (!released && !lost.signal.aborted) plan()
    }, leaseMs / 3)
    timer.unref()
  }
  plan()

  return {
    lost: lost.signal,
    async alsoTake(chore) {
      if (!(await chores.take(chore, holder, leaseMs))) return false
      held.add(chore)
      if (!(await chores.take(lock, holder, leaseMs))) lose(`Somebody else has the chore ${lock}`)
      return true
    },
    async letGo(chore) {
      held.delete(chore)
      await chores.take(chore, holder, 1)
    },
    async finish(chore, outcome) {
      held.delete(chore)
      return chores.finish(chore, holder, outcome)
    },
    release() {
      released = true
      clearTimeout(timer)
    },
  }
}
