import {
  type Bundle,
  type ConsensusStore,
  type Event,
  MAX_LIMIT,
  type Nouns,
  type Page,
  type PageQuery,
  runIds,
} from '@consensus-store/core'
import { expect } from 'vitest'

/** Everything a store holds, as a caller can see it. */
export interface Contents {
  readonly bundles: readonly Bundle[]
  readonly events: readonly Event[]
}

export async function contents(store: Nouns): Promise<Contents> {
  const bundles: Bundle[] = []
  for await (const id of runIds(store)) bundles.push((await store.runs.bundle(id))!)
  return { bundles, events: await allEvents(store) }
}

/** The store's whole log. */
export async function allEvents(store: Pick<Nouns, 'events'>): Promise<readonly Event[]> {
  const events: Event[] = []
  for (let after = 0; ; after = events.at(-1)!.position) {
    const more = await store.events.readAll({ after, limit: MAX_LIMIT })
    events.push(...more)
    if (more.length < MAX_LIMIT) return events
  }
}

/** Every item of a list, page by page. */
export async function allPages<T>(
  list: (query: PageQuery) => Promise<Page<T>>,
  limit = MAX_LIMIT,
): Promise<readonly T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit, cursor })
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}

/** Expects `work` to leave the store exactly as it was, in every way of reading it. */
export async function changesNothing(store: ConsensusStore, work: () => Promise<unknown>): Promise<void> {
  const look = async () => ({
    ...(await everything(store)),
    archives: await allPages(store.archives.list),
    chores: await store.chores.list(),
  })
  const before = await look()
  await work()
  expect(await look()).toStrictEqual(before)
}

/** What a store holds, as its bundles and its log tell it, and again as its rows and lists do. */
export async function everything(store: Nouns) {
  const { bundles, events } = await contents(store)
  const executions = await allPages(store.executions.list)
  return {
    bundles,
    events,
    executions,
    runs: await allPages(store.runs.list),
    routes: await store.routes.findMany(executions.map(({ agentId }) => agentId)),
    responses: await Promise.all(executions.map(({ agentId }) => store.executions.response(agentId))),
    artifacts: await Promise.all(bundles.map(({ run }) => store.artifacts.list({ runId: run.id }))),
    syntheses: await Promise.all(bundles.map(({ run }) => store.syntheses.list({ runId: run.id }))),
    cursors: await store.cursors.list({ limit: MAX_LIMIT }),
    snapshots: await Promise.all(bundles.map(({ run }) => store.snapshots.latest(run.id))),
  }
}
