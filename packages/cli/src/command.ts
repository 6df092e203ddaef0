import type { ConsensusStore, Env } from '@consensus-store/core'
import type { IO } from './io.ts'
import type { Options, OptionValues } from './option.ts'
import type { Output } from './output.ts'
import type { Remedies } from './remedy.ts'

/** How an argument is written in help: `<run>` is required, `[run]` is not, and `...` stands for more of them. */
export type Arg = `<${string}>` | `[${string}]`

export type ArgValues<A extends readonly Arg[]> = { readonly [I in keyof A]: ArgValue<A[I]> }
type ArgValue<A extends Arg> = A extends `<${string}...>`
  ? readonly [string, ...string[]]
  : A extends `[${string}...]`
    ? readonly string[]
    : A extends `[${string}]`
      ? string | undefined
      : string

/** 0 done, 1 something was refused or differs. Wrong usage and interruption are `main`'s to report. */
export type Outcome = 0 | 1

export interface Command<A extends readonly Arg[] = readonly Arg[], O extends Options = Options> {
  /** One line for the list of verbs. */
  readonly summary: string
  /** More for `--help`: what is printed, and when the exit code is 1. */
  readonly details?: string
  readonly args: A
  readonly options: O
  /** Where the store is by default; `CONSENSUS_STORE` or `sqlite:./consensus.db` if this says nothing. */
  readonly defaultStore?: string
  /** What to do about errors of this verb, where their code alone would mislead. */
  readonly remedies?: Remedies
  run(context: Context, args: ArgValues<A>, options: OptionValues<O>): Promise<Outcome>
}

/** What a verb works with. Everything it opened is closed for it, however it ends. */
export interface Context extends Output {
  readonly io: IO
  /** The store that was asked for, as a URL. */
  readonly storeUrl: string
  /** How the user calls the command from where they stand: `consensus`, or what npm makes of it. */
  readonly invocation: string
  /** Whether machines read the output: one JSON document, or one object per line. */
  readonly json: boolean
  /** Opens the store; opening it twice gives the same one. */
  open(options?: OpenOptions): Promise<ConsensusStore>
  /** From now on it is the verb that ends in order when `io.signal` is aborted: it is not cut short. */
  takeInterruptions(): void
  /** A text that names commands as `consensus <verb>`, with each as the user can type it, on the store that was asked for. */
  typeable(text: string): string
}

export interface OpenOptions {
  /** Another store than the one that was asked for. */
  readonly url?: string
  /** When there is no store yet: UNAVAILABLE (the default), a new one, or an empty one that is never written. */
  readonly missing?: 'refuse' | 'create' | 'pretend'
  /** Where the store takes its time and ids from, by default those of the system. */
  readonly env?: Env
}

/** Types a verb by its own declaration, so that `run` knows exactly what it will be given. */
export const command = <const A extends readonly Arg[], const O extends Options>(
  declaration: Command<A, O>,
): Command<A, O> => declaration
