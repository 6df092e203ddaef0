import {
  type ConsensusStore,
  fold,
  type History,
  type Nouns,
  replay,
  StoreError,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, allPages } from '../contents.ts'
import { call, type MethodName } from '../methods.ts'
import { oneOf, random } from '../random.ts'
import type { It } from '../store-test.ts'
import { story } from '../story.ts'

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
          const refused = await refusalOf(anything(store, next))
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

async function refusalOf(doing: Promise<unknown>): Promise<StoreError | undefined> {
  try {
    await doing
    return undefined
  } catch (error) {
    if (error instanceof StoreError && ['NOT_FOUND', 'CONFLICT'].includes(error.code)) return error
    throw error
  }
}

/** Some write, over so few ids and facts that it is often a repetition or a conflict. */
function anything(store: ConsensusStore, next: () => number): Promise<unknown> {
  const pick = <T>(...items: T[]) => oneOf(items, next)
  const run = () => pick('r1', 'r2', 'r3')
  const agent = () => pick('a1', 'a2', 'a3', 'a4', 'a5', 'a6')
  const args: Partial<Record<MethodName, () => unknown[]>> = {
    'runs.start': () => [{ id: run(), specId: 'S', stage: pick('plan', 'plan', 'plan', 'tasks') }],
    'runs.conclude': () => [run(), { verdict: pick('unanimous', 'failed') }],
    'runs.abandon': () => [run()],
    'runs.pin': () => [run()],
    'runs.unpin': () => [run()],
    'executions.spawn': () => [
      { agentId: agent(), runId: run(), agentName: pick('code', 'claude'), phaseType: 'regular-stage' },
    ],
    'executions.start': () => [agent()],
    'executions.complete': () => [agent(), { response: pick('', 'done') }],
    'executions.fail': () => [agent(), { reason: 'error', message: '', response: pick(undefined, 'done') }],
    'executions.cancel': () => [agent()],
    'executions.timeOut': () => [agent()],
    'artifacts.add': () => [
      { id: pick('x', 'y', 'z'), runId: run(), agentName: 'code', content: pick<unknown>(0, -0, {}) },
    ],
    'syntheses.add': () => [
      { id: pick('x', 'y', 'z'), runId: run(), verdict: 'failed', markdown: pick('', '# Done') },
    ],
  }
  // Runs end seldom, or nothing else would ever happen.
  const often = Object.keys(args).flatMap((name) =>
    /conclude|abandon/.test(name) ? [name] : Array(6).fill(name),
  )
  const method = oneOf(often as MethodName[], next)
  return call(store, method, args[method]!())
}
