import type { ConsensusStore, Env } from '@consensus-store/core'
import { aClock, type Clock } from '../clock.ts'
import { everythingIn } from './everything.ts'
import { followLog } from './follow-log.ts'
import { literal } from './literal.ts'
import { type Outcome, outcomeOf, sameOutcome } from './outcome.ts'

/** How to open each store on a clock, by its name. */
export type Stores = Readonly<Record<string, (env: Env) => Promise<ConsensusStore>>>

/** What a program that reproduces a divergence has to work with. */
export interface Tools {
  readonly store: ConsensusStore
  readonly clock: Clock
  /** Tells what comes of a call, and goes on whatever it is. */
  tell(call: () => Promise<unknown>): Promise<void>
  /** Tells what comes of a call, and rejects when it was refused. */
  must(call: () => Promise<unknown>): Promise<void>
  readonly followLog: typeof followLog
  readonly everythingIn: typeof everythingIn
}

/** Plays a program on each store and prints the first outcome in which they differ; the exit code is 1 when they do. */
export async function reproduce(stores: Stores, program: (tools: Tools) => Promise<void>): Promise<void> {
  const told = new Map<string, readonly Outcome[]>()
  for (const [name, open] of Object.entries(stores)) told.set(name, await outcomesOf(open, program))
  const [first = []] = told.values()
  const place = first.findIndex((outcome, i) =>
    [...told.values()].some((other) => !sameOutcome(other[i]!, outcome)),
  )
  if (place < 0) return console.log(`No difference in ${first.length} outcomes`)
  process.exitCode = 1
  for (const [name, outcomes] of told)
    console.log(`outcome ${place + 1} on ${name}: ${literal(outcomes[place])}`)
}

async function outcomesOf(
  open: (env: Env) => Promise<ConsensusStore>,
  program: (tools: Tools) => Promise<void>,
): Promise<readonly Outcome[]> {
  const clock = aClock()
  await using store = await open(clock)
  const outcomes: Outcome[] = []
  const tell: Tools['tell'] = async (call) => void outcomes.push(await outcomeOf(call))
  const must: Tools['must'] = (call) => {
    const running = call()
    return Promise.all([tell(() => running), running]).then(() => undefined)
  }
  await program({ store, clock, tell, must, followLog, everythingIn })
  return outcomes
}
