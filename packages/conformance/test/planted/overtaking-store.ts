import type { ConsensusStore, Env, Event, Nouns } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { wholeLog } from '../../src/differential/follow-log.ts'
import { call } from '../../src/methods.ts'
import { isRead, type Made, nounsOf, tryOut } from './recorded-nouns.ts'

/** More than one call ever tells. */
const EVENTS_OF_A_CALL = 100

/** Transactions run side by side. A write takes its positions when it is called, and shows them when it is committed. */
export function overtakingStore(env: Env): ConsensusStore {
  const store = memoryStore({ env })
  const positions = new Map<number, number>()
  let lastTaken = 0
  let lastCommitted = 0

  async function transaction<T>(work: (tx: Nouns) => Promise<T>): Promise<T> {
    const writes: (Made & { readonly position: number })[] = []
    const result = await work(
      nounsOf(async (made) => {
        if (isRead(made.method)) return tryOut(store, writes, made)
        lastTaken += EVENTS_OF_A_CALL
        const position = lastTaken
        const given = await tryOut(store, writes, made)
        writes.push({ ...made, position })
        return given
      }),
    )
    await store.transaction(async (tx) => {
      for (const { method, args, position } of writes) {
        await call(tx, method, args)
        const told = await tx.events.readAll({ after: lastCommitted, limit: EVENTS_OF_A_CALL })
        for (const [i, event] of told.entries()) positions.set(event.position, position + i)
        lastCommitted += told.length
      }
    })
    return result
  }

  const positioned = (event: Event): Event => ({ ...event, position: positions.get(event.position)! })
  const readAll: Nouns['events']['readAll'] = async ({ after = 0, limit = 50 } = {}) =>
    (await wholeLog(store))
      .map(positioned)
      .sort((a, b) => a.position - b.position)
      .filter(({ position }) => position > after)
      .slice(0, limit)

  const nouns = nounsOf((made) =>
    isRead(made.method)
      ? call(store, made.method, made.args)
      : transaction((tx) => call(tx, made.method, made.args)),
  )
  const position = async () => (await readAll({ limit: 1_000 })).at(-1)?.position ?? 0
  return { ...store, ...nouns, events: { ...store.events, readAll, position }, transaction }
}
