import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsensusStore, type Nouns, StoreError } from '@consensus-store/core'

/** Transactions that run at once, and the order in which their steps are to be taken as far as the store lets them. */
export interface Interleaving {
  readonly transactions: Readonly<Record<string, Scripted>>
  /** As in `A B A A! B`: a name is the next step of that transaction, with `!` its end, which else follows its last step. */
  readonly order: string
}

export interface Scripted {
  readonly steps: readonly Step[]
  /** Whether its work throws in the end. */
  readonly undone?: boolean
  /** Whether it is a call on the store itself, in no transaction. */
  readonly bare?: boolean
}

/** Tells what it saw; it is given what the steps before it saw. */
export type Step = (tx: Nouns, seen: readonly unknown[]) => Promise<unknown>

/** What a transaction saw step by step, or the code it was refused with; `undone` when it was to be. */
export type Outcome = readonly unknown[] | string

/** Milliseconds a step waits for its turn: a store may well make the one whose turn it is wait for this very transaction. */
const PATIENCE_MS = 40

/** Runs transactions at once. When the store runs one again, what its last run saw counts. */
export async function interleave(
  store: ConsensusStore,
  { transactions, order }: Interleaving,
): Promise<ReadonlyMap<string, Outcome>> {
  const turns = order.split(' ').map((token) => ({ token, over: Promise.withResolvers<void>() }))
  /** Those that were waited for in vain and have taken no step since. */
  const held = new Set<string>()

  async function turn(at: number): Promise<void> {
    if (at === 0) return
    const { token, over } = turns[at - 1]!
    const name = token.replace('!', '')
    if (held.has(name)) return
    const inTime = over.promise.then(() => true)
    if (!(await Promise.race([inTime, sleep(PATIENCE_MS, false)]))) held.add(name)
  }

  const turnsOf = (token: string) => turns.flatMap((it, at) => (it.token === token ? [at] : []))

  async function run(name: string, { steps, undone, bare }: Scripted): Promise<Outcome> {
    const own = turnsOf(name)
    const [end] = turnsOf(`${name}!`)
    await turn(own[0]!)
    const work = async (tx: Nouns) => {
      const seen: unknown[] = []
      for (const [i, step] of steps.entries()) {
        await turn(own[i]!)
        seen.push(await step(tx, seen))
        turns[own[i]!]!.over.resolve()
        held.delete(name)
      }
      if (end !== undefined) await turn(end)
      if (undone) throw new Undone()
      return seen
    }
    try {
      return await (bare ? work(store) : store.transaction(work))
    } catch (error) {
      if (error instanceof Undone) return 'undone'
      if (error instanceof StoreError) return error.code
      throw error
    } finally {
      for (const at of [...own, ...turnsOf(`${name}!`)]) turns[at]!.over.resolve()
    }
  }

  const names = Object.keys(transactions)
  const outcomes = await Promise.all(names.map((name) => run(name, transactions[name]!)))
  return new Map(names.map((name, i) => [name, outcomes[i]!]))
}

class Undone extends Error {}
