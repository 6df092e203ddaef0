import { type Bundle, type ConsensusStore, fold, type Nouns } from '@consensus-store/core'
import { expect } from 'vitest'
import { anAgent, aRun } from '../fixtures.ts'
import { likeGoldenBundle } from '../golden-bundle.ts'

/** What bringing runs up may come to while others do something that is in its way. */
export const extensionRaces: Readonly<Record<string, (store: ConsensusStore, way: Way) => Promise<void>>> = {
  async 'leaves an agent to one of two runs that want it'(store, { ids, beside }) {
    for (const id of ids) {
      await store.runs.record(likeGoldenBundle(id, { upTo: 2 }))
      await aRun(store, { id: `${id}, another` })
    }
    await Promise.all(
      ids.map(async (id, i) => {
        const [recorded, spawned] = await Promise.allSettled([
          store.runs.record(likeGoldenBundle(id)),
          beside(store, i, (nouns) => anAgent(nouns, { runId: `${id}, another`, agentId: `${id} 2` })),
        ])

        mustHaveOneWinner(`${id} 2`, recorded, spawned)
        const upTo = recorded.status === 'fulfilled' ? 10 : 2
        expect(await store.runs.bundle(id)).toStrictEqual(likeGoldenBundle(id, { upTo }))
      }),
    )
  },

  async 'adds nothing to a run that was deleted and recorded anew'(store, { ids, beside }) {
    for (const id of ids) await store.runs.record(ended(id, 'plan'))
    await Promise.all(
      ids.map(async (id, i) => {
        const [recorded, replaced] = await Promise.allSettled([
          store.runs.record(pinned(ended(id, 'plan'))),
          // Once it is pinned it may not be deleted.
          beside(store, i, async ({ runs }) => {
            await runs.delete(id)
            await runs.record(ended(id, 'tasks'))
          }),
        ])

        mustHaveOneWinner(id, recorded, replaced)
        const left = recorded.status === 'fulfilled' ? pinned(ended(id, 'plan')) : ended(id, 'tasks')
        expect(await store.runs.bundle(id)).toStrictEqual(left)
      }),
    )
  },
}

interface Way {
  readonly ids: readonly string[]
  beside<T>(store: ConsensusStore, i: number, work: (nouns: Nouns) => Promise<T>): Promise<T>
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `r${i}`)

/** How the others go about it, so that some come in between what recording reads and what it writes. */
export const extensionRivals: Readonly<Record<string, Way>> = {
  'that come a little later each time': {
    ids: numbered(64),
    async beside(store, i, work) {
      for (let turn = 0; turn < i; turn++) await new Promise((resolve) => setImmediate(resolve))
      return work(store)
    },
  },
  'whose transactions stay open for a while': {
    ids: numbered(8),
    beside: (store, _, work) =>
      store.transaction(async (tx) => {
        const done = await work(tx)
        await new Promise((resolve) => setTimeout(resolve, 30))
        return done
      }),
  },
}

/** The loser is told by the store what it lost, not by a database that something was not unique. */
function mustHaveOneWinner(thing: string, ...outcomes: readonly PromiseSettledResult<unknown>[]): void {
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const message = expect.stringContaining(thing)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT', message })
  }
}

/** A run that was abandoned at once. */
function ended(id: string, stage: string): Bundle {
  const at = new Date('2026-01-05T08:00:00.000Z')
  return bundleOf(id, [
    {
      sequence: 1,
      type: 'run.started',
      at,
      data: { specId: 'SPEC-1', stage, expectedAgents: [], labels: {} },
    },
    { sequence: 2, type: 'run.abandoned', at, data: {} },
  ])
}

const pinned = ({ run, events }: Bundle): Bundle =>
  bundleOf(run.id, [...events, { sequence: 3, type: 'run.pinned', at: events[1]!.at, data: {} }])

const bundleOf = (id: string, events: Bundle['events']): Bundle => ({
  run: fold(id, events).run,
  executions: [],
  artifacts: [],
  syntheses: [],
  events,
})
