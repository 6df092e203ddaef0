import { fold, type History, type Nouns, replay } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, allPages } from '../contents.ts'
import { random } from '../random.ts'
import { anything } from '../random-writes.ts'
import type { It } from '../store-test.ts'
import { story } from '../story.ts'
import { timeTravel } from './time-travel.ts'

export function projections(it: It): void {
  describe('rows', () => {
    it('are what the log tells, after every step of a story', async ({ store, clock }) => {
      for (const [i, [, write]] of story.entries()) {
        await write(store)
        clock.advance(1_000)
        expect(await allEvents(store)).toHaveLength(i + 1)
        await rowsMustBeTold(store)
      }
    })

    it('are what the log tells inside a transaction, after every step', async ({ store }) => {
      await store.transaction(async (tx) => {
        for (const [i, [, write]] of story.entries()) {
          await write(tx)
          expect(await allEvents(tx)).toHaveLength(i + 1)
          await rowsMustBeTold(tx)
        }
      })
    })

    it('can be had again as they were at every sequence', async ({ store, clock }) => {
      const seen = new Map<string, Rows>()
      for (const [, write] of story) {
        await write(store)
        clock.advance(1_000)
        const { runId, sequence } = (await allEvents(store)).at(-1)!
        seen.set(`${runId} ${sequence}`, await rowsOf(store, runId))
      }

      for (const [key, rows] of seen) {
        const [runId, sequence] = key.split(' ') as [string, string]
        expect(rowsIn(await replay(store, runId, { to: Number(sequence) }))).toStrictEqual(rows)
      }
    })

    for (const seed of [1, 2, 3]) {
      it(`are what the log tells whatever is done, one event a change and none without (${seed})`, async ({
        store,
        clock,
      }) => {
        const next = random(seed)
        for (let step = 0; step < 150; step++) {
          clock.advance(Math.floor(next() * 3))
          const before = await allEvents(store)
          const rows = await allRows(store)
          const refused = await anything(store, next)
          const events = await allEvents(store)

          expect(events.slice(0, before.length)).toStrictEqual(before)
          expect(events.length - before.length).toBeLessThanOrEqual(refused ? 0 : 1)
          const changed = JSON.stringify(await allRows(store)) !== JSON.stringify(rows)
          expect(changed).toBe(events.length > before.length)
          if (changed) await rowsMustBeTold(store, events.at(-1)!.runId)
        }
        await rowsMustBeTold(store)
        expect((await store.verify()).differences).toEqual([])
      })
    }
  })
  timeTravel(it)
}

type Rows = ReturnType<typeof rowsIn>

const rowsIn = ({ run, executions, artifacts, syntheses }: History) => ({
  run,
  executions: byKey(executions.values()),
  artifacts: byKey(artifacts.values()),
  syntheses: byKey(syntheses.values()),
})

/** What the store's own reads say of a run. */
async function rowsOf(store: Nouns, runId: string): Promise<Rows> {
  const artifacts = await allPages((page) => store.artifacts.list({ runId, ...page }))
  const syntheses = await allPages((page) => store.syntheses.list({ runId, ...page }))
  return {
    run: (await store.runs.get(runId))!,
    executions: byKey(await allPages((page) => store.executions.list({ runId, ...page }))),
    artifacts: byKey(artifacts.map(({ metadata: _, ...facts }) => facts)),
    syntheses: byKey(syntheses.map(({ metadata: _, ...facts }) => facts)),
  }
}

const byKey = <T extends { readonly id: string } | { readonly agentId: string }>(rows: Iterable<T>) =>
  new Map(
    [...rows]
      .map((row): [string, T] => ['id' in row ? row.id : row.agentId, row])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

async function rowsMustBeTold(store: Nouns, only?: string): Promise<void> {
  const runs = only === undefined ? await allPages(store.runs.list) : [{ id: only }]
  for (const { id } of runs) {
    expect(rowsIn(fold(id, await store.events.read(id, { limit: 1_000 })))).toStrictEqual(
      await rowsOf(store, id),
    )
  }
}

const allRows = async (store: Nouns) => ({
  runs: await allPages(store.runs.list),
  executions: await allPages(store.executions.list),
})
