import { AsyncLocalStorage } from 'node:async_hooks'
import { invalid, StoreError } from './error.ts'

/** Who is let in to a store: nobody once it is closed, and never the callback of one of its own transactions. */
export interface Gate {
  /** Why an operation may not begin now, or `undefined` when it may. A closed store may be closed again. */
  refusal(operation: string): StoreError | undefined
  /** Runs a transaction's callback: what it calls on the store itself is refused until it is done. */
  inside<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T>
  /** Refuses everything from now on. */
  shut(): void
}

/** A transaction as its callback sees it. */
export interface TransactionScope {
  readonly open: boolean
}

/** The gate of one store, which goes by `name` in refusals. A decorator that answers calls by itself needs one of its own. */
export function gate(name: string): Gate {
  const scopes = new AsyncLocalStorage<TransactionScope>()
  let isShut = false

  return {
    refusal(operation) {
      if (scopes.getStore()?.open) {
        return invalid(operation, 'was called on the store inside a transaction: use its tx')
      }
      if (!isShut || operation === 'close') return undefined
      return new StoreError('CLOSED', `${operation} was called on a ${name} store that is closed`)
    },

    async inside(work) {
      const scope = { open: true }
      try {
        return await scopes.run(scope, work, scope)
      } finally {
        scope.open = false
      }
    },

    shut() {
      isShut = true
    },
  }
}
