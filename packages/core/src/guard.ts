import { setImmediate as nextTurn } from 'node:timers/promises'
import { invalid, StoreError, type StoreErrorCode } from './error.ts'
import { gate, type TransactionScope } from './gate.ts'
import { type Around, intercept, interceptNouns } from './intercept.ts'
import type { ConsensusStore, Nouns } from './store.ts'

/** The code for a backend's own error. */
export type Classify = (error: unknown) => StoreErrorCode

/**
 * The manners every backend shares. Whatever fails arrives as a `StoreError` with the original as its cause,
 * except what a caller's own callback throws. Closing happens once, when all that is under way is done, and nothing
 * works afterwards. A transaction's callback cannot reach past its transaction, nor its `tx` outlive it.
 */
export function guard(store: ConsensusStore, classify: Classify): ConsensusStore {
  const { refusal, inside, shut } = gate(store.name)
  let underWay = 0
  let allDone: (() => void) | undefined
  let closing: Promise<unknown> | undefined
  const waiting = new Set<() => void>()

  const translate = (operation: string, error: unknown) =>
    error instanceof StoreError || error instanceof ThrownByWork
      ? error
      : new StoreError(classify(error), `${operation} failed on ${store.name}: ${messageOf(error)}`, {
          cause: error,
        })

  const done = () => {
    underWay -= 1
    if (underWay === 0) allDone?.()
  }

  const passOn = <T>(value: T): T => {
    done()
    return value
  }

  /** One promise more per call than none at all: every lookup pays for it. */
  const attempt = <T>(operation: string, call: () => Promise<T>): Promise<T> => {
    underWay += 1
    try {
      return call().then(passOn, (error: unknown) => {
        done()
        throw translate(operation, error)
      })
    } catch (error) {
      done()
      return Promise.reject(translate(operation, error))
    }
  }

  const close = async <T>(call: () => Promise<T>): Promise<T> => {
    if (underWay > 0) {
      await new Promise<void>((resolve) => {
        allDone = resolve
      })
      // Whoever waits for an answer gets it before the store is gone.
      await nextTurn()
    }
    return attempt('close', call)
  }

  const around: Around = <T>(operation: string, call: () => Promise<T>): Promise<T> => {
    const refused = refusal(operation)
    if (refused) return Promise.reject(refused)
    if (operation !== 'close') return attempt(operation, call)
    shut()
    for (const end of waiting) end()
    closing ??= close(call)
    return closing as Promise<T>
  }

  async function transaction<T>(work: (tx: Nouns) => Promise<T>): Promise<T> {
    if (typeof work !== 'function') throw invalid('work', 'must be a function')
    try {
      // Not `intercept`'s own way: it would take the calls on `tx` for calls on the store.
      return await around('transaction', () =>
        store.transaction(async (tx) => {
          try {
            return await inside((scope) => work(sealed(tx, scope, attempt)))
          } catch (error) {
            throw new ThrownByWork(error)
          }
        }),
      )
    } catch (error) {
      throw error instanceof ThrownByWork ? error.thrown : error
    }
  }

  /** Nothing that closing would wait for: whoever waits for what may come has nothing to lose. */
  async function arrival(...args: Parameters<ConsensusStore['arrival']>): Promise<void> {
    const refused = refusal('arrival')
    if (refused) throw refused
    const { promise: closed, resolve: end } = Promise.withResolvers<void>()
    waiting.add(end)
    try {
      await Promise.race([store.arrival(...args), closed])
    } catch (error) {
      throw translate('arrival', error)
    } finally {
      waiting.delete(end)
    }
  }

  const guarded = intercept(store, around)
  return {
    ...guarded,
    transaction,
    arrival,
    verify: callingBack(guarded.verify),
    rebuild: callingBack(guarded.rebuild),
    retention: {
      plan: abortable(guarded.retention.plan),
      apply: abortable(callingBack(guarded.retention.apply)),
    },
    reclaim: abortable(callingBack(guarded.reclaim)),
    backup: abortable(callingBack(guarded.backup)),
  }
}

/** Whose own `progress` or the like throws gets what it threw, as it is. Callbacks are members of the last argument. */
const callingBack = <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
  async function untilThrown(...args: A): Promise<R> {
    try {
      return await method(...(args.map((arg, i) => (i === args.length - 1 ? carrying(arg) : arg)) as A))
    } catch (error) {
      throw error instanceof ThrownByWork ? error.thrown : error
    }
  }

function carrying(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options
  const callbacks = Object.entries(options).filter(([, member]) => typeof member === 'function')
  if (callbacks.length === 0) return options
  const carried = callbacks.map(([name, callback]) => [name, carryingWhatItThrows(callback)])
  return { ...options, ...Object.fromEntries(carried) }
}

const carryingWhatItThrows =
  (callback: (...args: unknown[]) => unknown) =>
  (...args: unknown[]): unknown => {
    const carry = (error: unknown) => {
      throw new ThrownByWork(error)
    }
    try {
      const result = callback(...args)
      return result instanceof Promise ? result.catch(carry) : result
    } catch (error) {
      return carry(error)
    }
  }

/** Who aborts a call gets the reason they gave, as it is. The signal is a member of the last argument. */
const abortable = <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
  async function untilAborted(...args: A): Promise<R> {
    try {
      return await method(...args)
    } catch (error) {
      const { signal } = (args.at(-1) ?? {}) as { readonly signal?: AbortSignal }
      if (signal instanceof AbortSignal && signal.aborted && (error as Error).cause === signal.reason)
        throw signal.reason
      throw error
    }
  }

/** Carries what a callback threw past everything that would take it for a failure of the store. */
class ThrownByWork extends Error {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    super('A call was ended by its own callback', { cause: thrown })
    this.thrown = thrown
  }
}

const sealed = (
  tx: Nouns,
  scope: TransactionScope,
  attempt: <T>(o: string, c: () => Promise<T>) => Promise<T>,
) =>
  interceptNouns(tx, (operation, call) =>
    scope.open
      ? attempt(operation, call)
      : Promise.reject(invalid(operation, 'was called after its transaction ended')),
  )

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
