import type { ConsensusStore, Event, Nouns } from '@consensus-store/core'
import { type Interleaving, interleave, type Outcome } from './schedule.ts'

/** What transactions saw, and what they left behind. */
export interface Result {
  readonly outcomes: Readonly<Record<string, Outcome>>
  readonly logs: Readonly<Record<string, readonly string[]>>
}

/** Outcomes that say nothing of what a transaction saw: it was undone, or it could not be done and may be tried again. */
const nothingDone = ['undone', 'BUSY', 'UNAVAILABLE']

export async function resultOf(
  store: ConsensusStore,
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<Result> {
  const told = [...outcomes].filter(([, outcome]) => !nothingDone.includes(outcome as string))
  return { outcomes: Object.fromEntries(told.sort()), logs: await logsOf(store) }
}

/** What comes of the transactions that were done, one after the other, in one order after the other. */
export async function* serialResults(
  open: () => Promise<ConsensusStore>,
  { transactions }: Interleaving,
  { outcomes }: Result,
): AsyncGenerator<Result> {
  for (const order of permutations(Object.keys(outcomes))) {
    const store = await open()
    const alone = new Map<string, Outcome>()
    for (const name of order) {
      const scripted = transactions[name]!
      const own = { transactions: { [name]: scripted }, order: scripted.steps.map(() => name).join(' ') }
      alone.set(name, (await interleave(store, own)).get(name)!)
    }
    yield await resultOf(store, alone)
  }
}

/** Each run's log, in words. */
async function logsOf(store: Nouns): Promise<Result['logs']> {
  const { items } = await store.runs.list({ limit: 1_000 })
  const logs = await Promise.all(items.map(async ({ id }) => [id, (await store.events.read(id)).map(told)]))
  return Object.fromEntries(logs.sort())
}

export const told = ({ type, data }: Event): string => {
  const { agentId, artifactId, synthesisId } = data as Readonly<Record<string, unknown>>
  return [type, agentId ?? artifactId ?? synthesisId].filter(Boolean).join(' ')
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}
