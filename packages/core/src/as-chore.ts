import {
  options as checkOptions,
  count,
  nothingElse,
  oneOf,
  optionalFunction,
  optionalSignal,
} from './argument.ts'
import { type ChoreSummary, MAX_LEASE_MS } from './chore.ts'
import { type ChoreResult, failedResult } from './chore-result.ts'
import { type Env, now, systemEnv } from './env.ts'
import { invalid, StoreError } from './error.ts'
import { holding, newHolder } from './lock.ts'
import type { ConsensusStore } from './store.ts'
import { CHORE_NAMES, type ChoreName } from './upkeep-chores.ts'

/** What to keep of the work, and for how long to have the chore. */
export interface ChoreOptions<T> {
  /** What is kept of what the work gave. By default that it went well, and no figures. */
  readonly result?: ((value: T) => ChoreResult) | undefined
  /** Figures that are known before, and kept also when the work fails. */
  readonly facts?: ChoreSummary | undefined
  /** When it is aborted, a failure of the work is an interruption, and no outcome. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which others may take the chore when this process is gone. By default a minute. */
  readonly leaseMs?: number | undefined
  readonly env?: Env | undefined
  /** Is told when the store could not be asked, or could not keep the outcome. That is no failure of the work. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/**
 * Does what upkeep would do as that chore, whatever others do, and keeps what came of it, where `health` finds it and upkeep
 * sees when it is due again: for programs that make their backups themselves. It has the chore meanwhile if nobody else has; the
 * outcome is not kept while somebody else is at it in the end. Gives what the work gives, and rejects as it does; INVALID when
 * what is to be kept is no summary.
 */
export async function asChore<T>(
  { chores }: Pick<ConsensusStore, 'chores'>,
  chore: ChoreName,
  work: () => Promise<T>,
  options: ChoreOptions<T> = {},
): Promise<T> {
  oneOf(chore, CHORE_NAMES, 'chore')
  if (typeof work !== 'function') throw invalid('work', 'must be a function')
  const { result, facts, signal, leaseMs, env, onError } = checkChoreOptions(options)
  const holder = newHolder()
  const startedAt = now(env)
  const lock = await holding(chores, chore, { holder, leaseMs }).catch(onError)

  async function keep({ ok, summary }: ChoreResult): Promise<void> {
    const outcome = { startedAt, endedAt: now(env), ok, summary: { ...facts, ...summary } }
    try {
      if (await lock?.finish(chore, outcome)) return
      // Nobody had it, or whoever had is done by now.
      if (await chores.take(chore, holder, leaseMs)) await chores.finish(chore, holder, outcome)
    } catch (error) {
      // No figure that can be kept: that is for who wrote it to know.
      if (error instanceof StoreError && error.code === 'INVALID') throw error
      onError(error)
    }
  }

  let value: T
  try {
    value = await work()
  } catch (error) {
    lock?.stopRenewing()
    if (!signal?.aborted) await keep(failedResult(error)).catch(onError)
    else await lock?.letGo(chore).catch(onError)
    throw error
  }
  lock?.stopRenewing()
  await keep(result(value))
  return value
}

function checkChoreOptions<T>(options: ChoreOptions<T>) {
  const {
    result,
    facts = {},
    signal,
    leaseMs = 60_000,
    env = systemEnv,
    onError,
    ...rest
  } = checkOptions(options, 'options')
  nothingElse(rest, 'options')
  return {
    result: optionalFunction(result, 'result') ?? (() => ({ ok: true, summary: {} })),
    facts: checkOptions(facts, 'facts'),
    signal: optionalSignal(signal, 'signal'),
    leaseMs: count(leaseMs, 'leaseMs', 10, MAX_LEASE_MS),
    env,
    onError: (error: unknown): undefined => void optionalFunction(onError, 'onError')?.(error),
  }
}
