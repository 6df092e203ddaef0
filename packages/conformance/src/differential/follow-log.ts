import { type Event, MAX_LIMIT, type Nouns } from '@consensus-store/core'

/** Reads the store's log behind the event at a place in it, which is 0 for the beginning: positions differ from store to store. */
export async function followLog(
  { events }: Pick<Nouns, 'events'>,
  place: number,
  limit: number,
): Promise<readonly Event[]> {
  const before = place === 0 ? [] : await events.readAll({ limit: place })
  return events.readAll({ after: before.at(-1)?.position ?? 0, limit })
}

/** The store's whole log. */
export async function wholeLog({ events }: Pick<Nouns, 'events'>): Promise<readonly Event[]> {
  const log: Event[] = []
  for (let after = 0; ; after = log.at(-1)!.position) {
    const more = await events.readAll({ after, limit: MAX_LIMIT })
    log.push(...more)
    if (more.length < MAX_LIMIT) return log
  }
}
