import { options as checkOptions, flag, optionalFunction, timerMs } from './argument.ts'
import { type Env, now } from './env.ts'
import { StoreError } from './error.ts'
import { type Task, tasksOf, type UpkeptStore } from './upkeep-chores.ts'
import { doTasks, roundOptions, type UpkeepRound, type UpkeepTurnOptions } from './upkeep-round.ts'

/** What to do, how often to look, and whom to tell of it. */
export interface UpkeepOptions extends UpkeepTurnOptions {
  /** Milliseconds between two looks at what is due, of which up to half is left out at random. By default a minute. */
  readonly lookEveryMs?: number | undefined
  /** From 0 to 1, as of `Math.random`, asked before each look: the larger, the sooner it is. What is no such number is 0. */
  readonly random?: (() => number) | undefined
  /** Whether to keep the process alive between rounds. By default false. */
  readonly keepAlive?: boolean | undefined
  /** Is told of every round in which something was done here. What it throws is told to `onError`, and upkeep goes on. */
  readonly onRound?: ((round: UpkeepRound) => unknown) | undefined
  /** Is told when the store could not be asked what is due, or was lost in the middle. It is tried again. What it throws is passed over. */
  readonly onError?: ((error: unknown) => unknown) | undefined
}

/** Upkeep that was started. */
export interface Upkeep extends AsyncDisposable {
  /** Begins nothing more, interrupts what is under way, and resolves when nothing is: a conversion that began goes on to its end. */
  stop(): Promise<void>
}

/** When something failed it is due again that soon. */
const RETRY_MS = 600_000

/**
 * Keeps a store well for as long as it is open: does each chore when it is due, by what the store says of when it was done
 * last, in whichever process. Of all the processes that do upkeep of a store one is at it at a time. Outcomes are kept in the
 * store, where `health` finds them. INVALID, at once, when an option is not what it should be.
 */
export function startUpkeep(store: UpkeptStore, options: UpkeepOptions): Upkeep {
  const {
    lookEveryMs = 60_000,
    random = Math.random,
    keepAlive = false,
    onRound,
    onError,
    ...rest
  } = checkOptions(options, 'options')
  const { signal, leaseMs, env, ...chores } = roundOptions(rest)
  const tasks = tasksOf(store, chores)
  timerMs(lookEveryMs, 'lookEveryMs', 1)
  flag(keepAlive, 'keepAlive')
  optionalFunction(random, 'random')
  optionalFunction(onRound, 'onRound')
  optionalFunction(onError, 'onError')

  const stopping = new AbortController()
  const stopped = AbortSignal.any([stopping.signal, ...(signal ? [signal] : [])])
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> = Promise.resolve()

  const report = (error: unknown) =>
    told(
      () => onError?.(error),
      () => {},
    )

  function part(): number {
    let drawn = 0
    told(() => {
      drawn = random()
    }, report)
    return drawn >= 0 && drawn <= 1 ? drawn : 0
  }

  function plan(): void {
    if (stopped.aborted) return
    timer = setTimeout(
      () => {
        underWay = look().finally(plan)
      },
      lookEveryMs * (1 - part() / 2),
    )
    if (!keepAlive) timer.unref()
  }

  async function look(): Promise<void> {
    try {
      const due = await dueTasks(store, tasks, env)
      if (due.length === 0) return
      const isDue = async (task: Task) => (await dueTasks(store, [task], env)).length > 0
      const round = await doTasks(store, due, { signal: stopped, leaseMs, waitMs: 0, env, isDue })
      if (round.done.length > 0) told(() => onRound?.(round), report)
    } catch (error) {
      if (stopped.aborted) return
      if (error instanceof StoreError && error.code === 'CLOSED') stopping.abort()
      else report(error)
    }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    clearTimeout(timer)
    await underWay
  }

  stopped.addEventListener('abort', () => clearTimeout(timer), { once: true })
  plan()
  return { stop, [Symbol.asyncDispose]: stop }
}

/** Nothing that a caller's function throws, now or later, ends upkeep. */
function told(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const said = call()
    if (said instanceof Promise) said.catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** Those whose time has come since somebody did them last, wherever that was. */
async function dueTasks({ chores }: UpkeptStore, tasks: readonly Task[], env: Env): Promise<readonly Task[]> {
  const listed = new Map((await chores.list()).map(({ name, last }) => [name, last]))
  const at = now(env).getTime()
  return tasks.filter(({ name, everyMs }) => {
    const last = listed.get(name)
    if (!last) return true
    const since = at - last.startedAt.getTime()
    // What was done by a clock that was ahead would not be due for as long as that.
    return since < 0 || since >= (last.ok ? everyMs : Math.min(everyMs, RETRY_MS))
  })
}
