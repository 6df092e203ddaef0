import type { ConsensusStore, Nouns, Route } from '@consensus-store/core'
import { expect } from 'vitest'
import { anAgent, aRun } from '../fixtures.ts'
import { promptly } from '../promptly.ts'

/** A run that may be deleted: ended, and all its agents with it. */
export async function anEndedRun(
  store: Nouns,
  id: string,
  agentIds: readonly string[],
  { stage = 'plan', agentName = 'gemini' } = {},
): Promise<void> {
  await aRun(store, { id, stage })
  await Promise.all(agentIds.map((agentId) => anAgent(store, { runId: id, agentId, agentName })))
  await Promise.all(agentIds.map((agentId) => store.executions.cancel(agentId)))
  await store.runs.abandon(id)
}

/** By both ways, and again, because the first time may change the second. */
export async function mustFind(
  { routes }: Pick<Nouns, 'routes'>,
  expected: Readonly<Record<string, Partial<Route>>>,
): Promise<void> {
  for (let time = 0; time < 2; time++) {
    for (const [agentId, facts] of Object.entries(expected)) {
      expect(await routes.find(agentId)).toMatchObject({ agentId, ...facts })
    }
    const many = await routes.findMany(Object.keys(expected))
    expect(Object.fromEntries(many)).toMatchObject(expected)
  }
}

/** By both ways, again and again. */
export async function mustFindNone(
  { routes }: Pick<Nouns, 'routes'>,
  agentIds: readonly string[],
): Promise<void> {
  for (let time = 0; time < 2; time++) {
    for (const agentId of agentIds) expect(await routes.find(agentId)).toBeUndefined()
    expect(await routes.findMany(agentIds)).toEqual(new Map())
  }
}

/** A transaction whose work is done and that goes no further until it is let go; a test that fails lets it go too. */
export interface Held extends AsyncDisposable {
  /** Resolves when the transaction is done. */
  letGo(): Promise<void>
}

export async function held(store: ConsensusStore, work: (tx: Nouns) => Promise<void>): Promise<Held> {
  const midway = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const done = store.transaction(async (tx) => {
    await work(tx)
    midway.resolve()
    await gate.promise
  })
  done.catch(midway.reject)
  await promptly(midway.promise, 'a transaction')
  const letGo = () => {
    gate.resolve()
    return done
  }
  return { letGo, [Symbol.asyncDispose]: () => letGo().catch(() => undefined) }
}

/** A transaction that does its work and then throws. */
export async function undone(store: ConsensusStore, work: (tx: Nouns) => Promise<void>): Promise<void> {
  const undoing = store.transaction(async (tx) => {
    await work(tx)
    throw new Error('undone')
  })
  await expect(undoing).rejects.toThrow('undone')
}

/** Changes what can be changed in a route; what is frozen stays as it is. */
export function spoil(route: Route): void {
  for (const key of Object.keys(route)) Reflect.set(route, key, 'spoilt')
  Reflect.set(route, 'more', true)
}

/** Not before that many milliseconds are over; timers may come early. */
export async function passed(ms: number): Promise<void> {
  const due = performance.now() + ms
  while (performance.now() <= due)
    await new Promise((resolve) => setTimeout(resolve, due - performance.now() + 1))
}
