import type { ConsensusStore } from '@consensus-store/core'
import type { Clock } from '../clock.ts'
import { call } from '../methods.ts'
import { everythingIn } from './everything.ts'
import { followLog } from './follow-log.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Step, Transaction } from './step.ts'

/** What is done to every store alike: a step with nothing left to look up. */
export type Action =
  | Extract<Step, { readonly does: 'call' | 'wait' | 'transaction' | 'follow' }>
  /** Reads all there is, in every way there is. */
  | { readonly does: 'read everything' }

export async function perform(action: Action, store: ConsensusStore, clock: Clock): Promise<Outcome> {
  switch (action.does) {
    case 'call':
      return outcomeOf(() => call(store, action.call.method, action.call.args))
    case 'wait':
      clock.advance(action.ms)
      return { value: undefined }
    case 'transaction':
      return performTransaction(action.transaction, store)
    case 'follow':
      return outcomeOf(() => followLog(store, action.place, action.limit))
    case 'read everything':
      return outcomeOf(() => everythingIn(store))
  }
}

async function performTransaction(
  { calls, goesOn, throws, strays }: Transaction,
  store: ConsensusStore,
): Promise<Outcome> {
  let inside: Outcome[] = []
  const outcome = await outcomeOf(() =>
    store.transaction(async (tx) => {
      inside = []
      for (const { method, args } of calls) {
        let refusal: unknown
        const remember = (error: unknown) => {
          refusal = error
          throw error
        }
        inside.push(await outcomeOf(() => call(tx, method, args).catch(remember)))
        if (refusal && !goesOn) throw refusal
      }
      if (strays) inside.push(await outcomeOf(() => store.runs.list()))
      if (throws) throw new Error('undone')
      return calls.length
    }),
  )
  return { value: { inside, outcome } }
}
