import { type ConsensusStore, type Event, parseBundle } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { allEvents, contents } from '../contents.ts'
import { anAgent, anArtifact, aRun } from '../fixtures.ts'
import { goldenLine } from '../golden-bundle.ts'
import { call, type MethodName } from '../methods.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { writes } from '../writes.ts'
import { extensionRaces, extensionRivals } from './extension-races.ts'

const crowd = 12

export function racing(it: It): void {
  describe('racing', () => {
    for (const [doing, { method, args, others, rivals, given }] of Object.entries(writes)) {
      const rivalling: [MethodName, readonly unknown[]][] = [
        ...others.map((facts): [MethodName, readonly unknown[]] => [method, facts]),
        ...rivals.map(([rival, ...facts]): [MethodName, readonly unknown[]] => [rival, facts]),
      ]
      if (rivalling.length === 0) continue

      it(`of ${doing} has one winner, however many try otherwise at once`, async ({ store }) => {
        await warmUp(store)
        for (const step of given) await step(store)
        const before = await allEvents(store)
        const calls = Array.from({ length: crowd }, (_, i): [MethodName, readonly unknown[]] =>
          i % 2 === 0 ? [method, args] : rivalling[(i >> 1) % rivalling.length]!,
        )
        // Every other round someone else is first.
        if (doing.length % 2 === 0) calls.reverse()
        const outcomes = await Promise.allSettled(calls.map(([name, facts]) => call(store, name, facts)))

        const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [calls[i]!] : []))
        expect(new Set(winners.map((facts) => JSON.stringify(facts, undefinedToo))).size).toBe(1)
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' })
        }
        const told = (await allEvents(store)).length - before.length
        expect(told).toBe(method === 'runs.record' ? told : 1)
        await mustHoldTogether(store)
      })
    }

    it('of many writers into one run leaves a log without gaps', async ({ store }) => {
      await warmUp(store)
      const { id: runId } = await aRun(store)
      const agents = Array.from({ length: 40 }, (_, i) => `a${i}`)
      await Promise.all(
        agents.map(async (agentId) => {
          await anAgent(store, { runId, agentId })
          await store.executions.start(agentId)
          await Promise.all([
            store.executions.complete(agentId, { response: agentId }),
            anArtifact(store, { runId, id: agentId, content: agentId }),
          ])
        }),
      )

      expect(await store.runs.get(runId)).toMatchObject({ lastSequence: 161 })
      for (const agentId of agents) expect(await store.executions.response(agentId)).toBe(agentId)
      await mustHoldTogether(store)
    })

    it('of spawning against concluding spawns before the end or not at all', async ({ store }) => {
      await warmUp(store)
      const { id: runId } = await aRun(store)
      const spawning = Array.from({ length: crowd }, (_, i) => anAgent(store, { runId, agentId: `a${i}` }))
      const concluding = store.runs.conclude(runId, { verdict: 'failed' })
      const late = Array.from({ length: crowd }, (_, i) => anAgent(store, { runId, agentId: `b${i}` }))
      const outcomes = await Promise.allSettled([...spawning, ...late])
      await concluding

      const log = await store.events.read(runId)
      const spawned = outcomes.filter(({ status }) => status === 'fulfilled').length
      expect(log.filter(({ type }) => type === 'execution.spawned')).toHaveLength(spawned)
      expect(log.at(-1)?.type).toBe('run.concluded')
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' })
      }
      await mustHoldTogether(store)
    })

    it('of one agent id in many runs has one winner', async ({ store }) => {
      await warmUp(store)
      const runs = await Promise.all(Array.from({ length: crowd }, () => aRun(store)))
      const outcomes = await Promise.allSettled(
        runs.map(({ id: runId }) => anAgent(store, { runId, agentId: 'wanted' })),
      )

      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const winner = runs[outcomes.findIndex(({ status }) => status === 'fulfilled')]!
      expect(await store.routes.find('wanted')).toMatchObject({ runId: winner.id })
      await mustHoldTogether(store)
    })

    it('of bundles that claim the same agent records one of them', async ({ store }) => {
      await warmUp(store)
      const lines = ['one', 'other'].map((id) => goldenLine.replaceAll('"golden"', JSON.stringify(id)))
      const outcomes = await Promise.allSettled(lines.map((line) => store.runs.record(parseBundle(line))))

      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const recorded = (await contents(store)).bundles.filter(({ run }) => run.specId === 'SPEC-GOLD')
      expect(recorded).toHaveLength(1)
      await mustHoldTogether(store)
    })

    for (const [rivals, way] of Object.entries(extensionRivals)) {
      for (const [outcome, race] of Object.entries(extensionRaces)) {
        it(`of bringing runs up with others ${rivals} ${outcome}`, async ({ store }) => {
          await warmUp(store)
          await race(store, way)
          await mustHoldTogether(store)
        })
      }
    }

    it('of writers and a reader who follows the log: it misses nothing', async ({ store }) => {
      await warmUp(store)
      const runs = await Promise.all(Array.from({ length: 4 }, () => aRun(store)))
      let writing = true
      const writers = Promise.all(
        runs.flatMap(({ id: runId }) => Array.from({ length: 20 }, () => anAgent(store, { runId }))),
      ).finally(() => {
        writing = false
      })
      const seen: Event[] = []
      while (true) {
        const quiet = !writing
        const more = await store.events.readAll({ after: seen.at(-1)?.position ?? 0, limit: 7 })
        seen.push(...more)
        if (quiet && more.length === 0) break
        await new Promise((resolve) => setImmediate(resolve))
      }
      await writers

      expect(seen).toStrictEqual(await allEvents(store))
    })

    it('leaves a loser nothing but a refusal', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await anAgent(store, { runId, agentId: 'a' })
      await Promise.all([
        store.executions.complete('a', { response: 'first' }),
        refusal('CONFLICT', store.executions.complete('a', { response: 'second' })),
      ])

      expect(await store.executions.response('a')).toBe('first')
      expect(JSON.stringify(await store.runs.bundle(runId))).not.toContain('second')
    })
  })
}

/** A cold store takes callers one by one and hides their races. */
async function warmUp(store: ConsensusStore): Promise<void> {
  await Promise.all(
    Array.from({ length: crowd }, async () => {
      const { id: runId } = await aRun(store, { specId: 'WARM' })
      await anAgent(store, { runId })
      await store.runs.bundle(runId)
    }),
  )
}

async function mustHoldTogether(store: ConsensusStore): Promise<void> {
  expect((await store.verify()).differences).toEqual([])
  const byRun = Map.groupBy(await allEvents(store), ({ runId }) => runId)
  for (const events of byRun.values()) {
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1))
  }
}

const undefinedToo = (_: string, value: unknown) => (value === undefined ? 'undefined' : value)
