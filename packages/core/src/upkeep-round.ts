import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { options as checkOptions, count, optionalSignal } from './argument.ts'
import { type ChoreOutcome, MAX_LEASE_MS } from './chore.ts'
import { type Env, now, systemEnv } from './env.ts'
import { StoreError } from './error.ts'
import { holding, type Lock } from './lock.ts'
import { type ChoreName, type Task, tasksOf, type UpkeepChores, type UpkeptStore } from './upkeep-chores.ts'

/** Held by whoever does upkeep, so that no two do it at once; each thing it does is a chore of its own besides. */
const UPKEEP = 'upkeep'

export interface UpkeepRoundOptions extends UpkeepChores {
  /** Ends the round when it is aborted: it then rejects with the reason, and what was begun is not an outcome. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which others may follow when this process is gone; it says every third of it that it is not. A minute unless told. */
  readonly leaseMs?: number | undefined
  readonly env?: Env | undefined
}

/** What came of a round: of each chore, in the order in which they were done. */
export interface UpkeepRound {
  /** Who was at it instead, if somebody was: then nothing was done here. */
  readonly heldBy: string | undefined
  readonly done: readonly DoneChore[]
}

export interface DoneChore {
  readonly chore: ChoreName
  readonly outcome: ChoreOutcome
}

/**
 * Does all there is to do once, however short ago it was done before, unless somebody does upkeep of this store already. What
 * fails is an outcome like any other, and the others are done all the same. Rejects only when the store cannot say whose turn it is.
 */
export async function upkeepRound(store: UpkeptStore, options: UpkeepRoundOptions): Promise<UpkeepRound> {
  const { signal, leaseMs, env, ...chores } = roundOptions(options)
  return doTasks(store, tasksOf(store, chores), { signal, leaseMs, env, isDue: async () => true })
}

export function roundOptions<O extends UpkeepRoundOptions>(options: O) {
  const { signal, leaseMs = 60_000, env = systemEnv, ...rest } = checkOptions(options, 'options')
  return {
    ...rest,
    signal: optionalSignal(signal, 'signal'),
    leaseMs: count(leaseMs, 'leaseMs', 10, MAX_LEASE_MS),
    env,
  }
}

export interface Turn {
  readonly signal: AbortSignal | undefined
  readonly leaseMs: number
  readonly env: Env
  /** Asked when nobody else is at it any more. */
  isDue(task: Task): Promise<boolean>
}

/** Does those of the tasks that are due, one after the other, while nobody else does any of this store. */
export async function doTasks(
  { chores }: UpkeptStore,
  tasks: readonly Task[],
  { signal, leaseMs, env, isDue }: Turn,
): Promise<UpkeepRound> {
  signal?.throwIfAborted()
  const holder = `${hostname().slice(0, 100)} ${process.pid} ${randomUUID()}`
  const lock = await holding(chores, UPKEEP, { holder, leaseMs })
  if (!lock) {
    const held = (await chores.list()).find(({ name }) => name === UPKEEP)
    return { heldBy: held?.holder ?? 'somebody who is done by now', done: [] }
  }
  const startedAt = now(env)
  const done: DoneChore[] = []
  try {
    const stop = AbortSignal.any([lock.lost, ...(signal ? [signal] : [])])
    for (const task of tasks) {
      stop.throwIfAborted()
      if (!(await isDue(task)) || !(await lock.alsoTake(task.name))) continue
      const outcome = await outcomeOf(task, stop, env)
      // Whoever was stopped in the middle has no outcome to tell of; it stays due.
      if (stop.aborted) await lock.letGo(task.name)
      else if (await lock.finish(task.name, outcome)) done.push({ chore: task.name, outcome })
    }
    stop.throwIfAborted()
  } finally {
    await endTurn(lock, { startedAt, endedAt: now(env), done })
  }
  return { heldBy: undefined, done }
}

async function outcomeOf({ work }: Task, signal: AbortSignal, env: Env): Promise<ChoreOutcome> {
  const startedAt = now(env)
  try {
    const came = await work(signal)
    return { startedAt, endedAt: now(env), ...came }
  } catch (error) {
    return { startedAt, endedAt: now(env), ok: false, summary: { message: messageOf(error) } }
  }
}

interface Ended {
  readonly startedAt: Date
  readonly endedAt: Date
  readonly done: readonly DoneChore[]
}

async function endTurn(lock: Lock, { startedAt, endedAt, done }: Ended): Promise<void> {
  const failed = done.filter(({ outcome }) => !outcome.ok)
  lock.release()
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

/** As much as an outcome can keep. */
const messageOf = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof StoreError ? `${error.code}: ` : ''
  return `${code}${message}`.slice(0, 4_000)
}
