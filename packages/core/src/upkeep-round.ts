import { setTimeout as sleep } from 'node:timers/promises'
import { options as checkOptions, count, optionalSignal } from './argument.ts'
import { type ChoreOutcome, MAX_LEASE_MS } from './chore.ts'
import { failedResult } from './chore-result.ts'
import { type Env, now, systemEnv } from './env.ts'
import { holding, type Lock, newHolder } from './lock.ts'
import { type ChoreName, type Task, tasksOf, type UpkeepChores, type UpkeptStore } from './upkeep-chores.ts'

/** Held by whoever does upkeep, so that no two do it at once; each thing it does is a chore of its own besides. */
const UPKEEP = 'upkeep'

/** How to wait for one's turn, and for how long to have it. */
export interface UpkeepTurnOptions extends UpkeepChores {
  /** Ends the round when it is aborted: it then rejects with the reason, and what was begun is not an outcome. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which others may follow when this process is gone; it says every third of it that it is not. By default a minute. */
  readonly leaseMs?: number | undefined
  readonly env?: Env | undefined
}

/** What to do in a round, and how. */
export interface UpkeepRoundOptions extends UpkeepTurnOptions {
  /** Milliseconds to wait for its turn while somebody else is at it. By default none. */
  readonly waitMs?: number | undefined
}

/** What came of a round: of each chore, in the order in which they were done. */
export interface UpkeepRound {
  /** Who was at it instead, if somebody was: then nothing was done here. */
  readonly heldBy: string | undefined
  /** Until when they are trusted to be, unless they say again that they are. */
  readonly heldUntil: Date | undefined
  /** Without a chore that somebody else was at by itself. */
  readonly done: readonly DoneChore[]
}

/** A chore, and what came of it. */
export interface DoneChore {
  readonly chore: ChoreName
  readonly outcome: ChoreOutcome
}

/**
 * Does all there is to do once, however short ago it was done before, unless somebody does upkeep of this store already. What
 * fails is an outcome like any other, and the others are done all the same. Rejects only when the store cannot say whose turn it is.
 */
export async function upkeepRound(store: UpkeptStore, options: UpkeepRoundOptions): Promise<UpkeepRound> {
  const { waitMs = 0, ...rest } = checkOptions(options, 'options')
  count(waitMs, 'waitMs')
  const { signal, leaseMs, env, ...chores } = roundOptions(rest)
  return doTasks(store, tasksOf(store, chores), { signal, leaseMs, waitMs, env, isDue: async () => true })
}

/** The options of a round, checked. INVALID names the option. */
export function roundOptions<O extends UpkeepTurnOptions>(options: O) {
  const { signal, leaseMs = 60_000, env = systemEnv, ...rest } = checkOptions(options, 'options')
  return {
    ...rest,
    signal: optionalSignal(signal, 'signal'),
    leaseMs: count(leaseMs, 'leaseMs', 10, MAX_LEASE_MS),
    env,
  }
}

/** How a turn at upkeep goes. */
export interface Turn {
  readonly signal: AbortSignal | undefined
  readonly leaseMs: number
  readonly waitMs: number
  readonly env: Env
  /** Asked when nobody else is at it any more. */
  isDue(task: Task): Promise<boolean>
}

/** Does those of the tasks that are due, one after the other, while nobody else does any of this store. */
export async function doTasks(
  { chores }: UpkeptStore,
  tasks: readonly Task[],
  { signal, leaseMs, waitMs, env, isDue }: Turn,
): Promise<UpkeepRound> {
  signal?.throwIfAborted()
  const waitUntil = performance.now() + waitMs
  const holder = newHolder()
  const lock = await patiently(() => holding(chores, UPKEEP, { holder, leaseMs }), waitUntil, signal)
  if (!lock) {
    const held = (await chores.list()).find(({ name }) => name === UPKEEP)
    return {
      heldBy: held?.holder ?? 'somebody who is done by now',
      heldUntil: held?.heldUntil,
      done: [],
    }
  }
  const startedAt = now(env)
  const done: DoneChore[] = []
  try {
    const stop = AbortSignal.any([lock.lost, ...(signal ? [signal] : [])])
    for (const task of tasks) {
      stop.throwIfAborted()
      if (!(await isDue(task))) continue
      if (!(await patiently(() => lock.alsoTake(task.name), waitUntil, stop))) continue
      const outcome = await outcomeOf(task, stop, env)
      // Whoever was stopped in the middle has no outcome to tell of; it stays due.
      if (stop.aborted) await lock.letGo(task.name)
      else if (await lock.finish(task.name, outcome)) done.push({ chore: task.name, outcome })
    }
    stop.throwIfAborted()
  } finally {
    await endTurn(lock, { startedAt, endedAt: now(env), done })
  }
  return { heldBy: undefined, heldUntil: undefined, done }
}

/** Milliseconds between two looks at whether somebody else is done. */
const LOOK_MS = 250

/** Tries until something is to be had, or until it is too late. */
async function patiently<T>(
  attempt: () => Promise<T>,
  until: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  while (true) {
    const had = await attempt()
    const left = until - performance.now()
    if (had || left <= 0) return had
    await sleep(Math.min(left, LOOK_MS), undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
}

async function outcomeOf({ work, facts }: Task, signal: AbortSignal, env: Env): Promise<ChoreOutcome> {
  const startedAt = now(env)
  const { ok, summary } = await work(signal).catch(failedResult)
  return { startedAt, endedAt: now(env), ok, summary: { ...facts, ...summary } }
}

interface Ended {
  readonly startedAt: Date
  readonly endedAt: Date
  readonly done: readonly DoneChore[]
}

async function endTurn(lock: Lock, { startedAt, endedAt, done }: Ended): Promise<void> {
  const failed = done.filter(({ outcome }) => !outcome.ok)
  lock.stopRenewing()
  if (done.length === 0) return lock.letGo(UPKEEP)
  await lock.finish(UPKEEP, {
    startedAt,
    endedAt,
    ok: failed.length === 0,
    summary: {
      done: done.map(({ chore }) => chore).join(', '),
      ...(failed.length > 0 && { failed: failed.map(({ chore }) => chore).join(', ') }),
    },
  })
}
