import type { NounMethod, StoreNounMethod } from '../methods.ts'
import type { Alteration } from './alteration.ts'

/** A method with the arguments it is called with. */
export interface Call {
  readonly method: NounMethod | StoreNounMethod | 'verify'
  readonly args: readonly unknown[]
}

/** A transaction of several calls. */
export interface Transaction {
  readonly calls: readonly Call[]
  /** Whether its work goes on when a call is refused; otherwise the refusal undoes it. */
  readonly goesOn: boolean
  /** Whether its work throws in the end. */
  readonly throws: boolean
  /** Whether its work calls the store itself before it ends. */
  readonly strays: boolean
}

/** One step of a generated history. What was answered before is referred to, as it is known only when it is played. */
export type Step =
  | { readonly does: 'call'; readonly call: Call }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'transaction'; readonly transaction: Transaction }
  /** Lists, and follows so many pages by their cursors. */
  | { readonly does: 'list'; readonly call: Call; readonly pages: number }
  /** Lists with the last cursor any list gave. */
  | { readonly does: 'list on'; readonly call: Call }
  /** Reads the whole store's log behind the event at this place in it. */
  | { readonly does: 'follow'; readonly place: number; readonly limit: number }
  /** Records the bundle of a run that is there, altered. */
  | { readonly does: 'record'; readonly run: number; readonly alteration: Alteration }
