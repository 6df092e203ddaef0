import type { ConsensusStore } from '@consensus-store/core'
import { expect } from 'vitest'
import { anAgent, anArtifact, anEndedRun, aRun } from '../fixtures.ts'
import { aWholeRun, goldenBundle } from '../golden-bundle.ts'
import { persistently } from '../persistently.ts'
import { inEitherOrder, type Race } from './deletion-races.ts'

const rounds = 20
const crowd = 8

/** What archiving may come to while someone else is about to do something with the same run. */
export const archiveRaces: Readonly<Record<string, Race>> = {
  async 'makes one archive, however many archive'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await aWholeRun(one, id)
      const given = await Promise.all(
        Array.from({ length: crowd }, (_, i) =>
          persistently(() => (i % 2 === 0 ? one : other).archives.add(id)),
        ),
      )

      for (const archived of given) expect(archived).toStrictEqual(given[0])
      expect(await other.archives.get(id)).toMatchObject({ checksum: given[0]!.checksum })
    }
  },

  async 'leaves a run that is being pinned pinned, or archived'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await anEndedRun(one, id, id)
      const [archiving, pinning] = await inEitherOrder(
        round,
        () => one.archives.add(id),
        () => other.runs.pin(id),
      )

      const run = await one.runs.get(id)
      if (archiving.status === 'fulfilled') {
        expect(pinning).toMatchObject({ status: 'rejected', reason: { code: 'CONFLICT' } })
        expect(run).toMatchObject({ pinned: false, archivedAt: archiving.value.archivedAt })
      } else {
        expect(archiving.reason).toMatchObject({ code: 'CONFLICT' })
        expect(pinning.status).toBe('fulfilled')
        expect(run).toMatchObject({ pinned: true, archivedAt: undefined })
        expect(await other.routes.find(id)).toBeDefined()
      }
    }
  },

  async 'takes along every answer that was under way'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await aRun(one, { id })
      await anAgent(one, { runId: id, agentId: id })
      await one.runs.abandon(id)
      const [archiving, answering] = await inEitherOrder(
        round,
        () => one.archives.add(id),
        () => other.executions.complete(id, { response: 'late' }),
      )

      expect(answering).toMatchObject({ status: 'fulfilled', value: { status: 'completed' } })
      if (archiving.status === 'rejected') expect(archiving.reason).toMatchObject({ code: 'CONFLICT' })
      expect(await other.runs.bundle(id)).toMatchObject({ executions: [{ agentId: id, response: 'late' }] })
    }
  },

  async 'takes no agent that was spawned just before the run ended'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await aRun(one, { id })
      const ending = Promise.allSettled([
        anAgent(other, { runId: id, agentId: id }),
        other.runs.conclude(id, { verdict: 'failed' }),
      ])
      const archiving = await Promise.allSettled(Array.from({ length: crowd }, () => one.archives.add(id)))
      const [spawning] = await ending

      const archived = archiving.some(({ status }) => status === 'fulfilled')
      if (spawning.status === 'fulfilled') expect(archived).toBe(false)
      expect((await one.routes.find(id))?.runId).toBe(spawning.status === 'fulfilled' ? id : undefined)
    }
  },

  async 'of a run that is being deleted comes before that, or finds nothing'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await anEndedRun(one, id, id)
      const [archiving, deleting] = await inEitherOrder(
        round,
        () => one.archives.add(id),
        () => other.runs.delete(id),
      )

      expect(deleting).toMatchObject({ status: 'fulfilled', value: { id } })
      if (archiving.status === 'rejected') expect(archiving.reason).toMatchObject({ code: 'NOT_FOUND' })
      expect(await one.runs.get(id)).toBeUndefined()
      expect(await other.archives.get(id)).toBeUndefined()
    }
  },

  async 'and putting back leave the run whole, however many do either'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      const bundle = await aWholeRun(one, id)
      const outcomes = await Promise.all(
        Array.from({ length: crowd }, (_, i) => {
          const store = i % 4 < 2 ? one : other
          return persistently<unknown>(() =>
            i % 2 === 0 ? store.archives.add(id) : store.archives.restore(id),
          )
        }),
      )

      expect(outcomes).toHaveLength(crowd)
      expect(await one.runs.bundle(id)).toStrictEqual(bundle)
      const { archivedAt } = (await other.runs.get(id))!
      const routes = await one.routes.findMany(bundle.executions.map(({ agentId }) => agentId))
      expect(routes.size).toBe(archivedAt ? 0 : bundle.executions.length)
      expect(await one.events.read(id)).toHaveLength(archivedAt ? 0 : bundle.events.length)
    }
  },

  async 'is undone, or its agent is another’s, when both want it at once'(one, other) {
    await aRun(one, { id: 'taker' })
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await anEndedRun(one, id, id)
      await one.archives.add(id)
      const [restoring, taking] = await inEitherOrder(
        round,
        () => one.archives.restore(id),
        () => anAgent(other, { runId: 'taker', agentId: id }),
      )

      expect([restoring.status, taking.status].sort()).toEqual(['fulfilled', 'rejected'])
      for (const { reason } of [restoring, taking] as { reason?: unknown }[])
        if (reason) expect(reason).toMatchObject({ code: 'CONFLICT' })
      const owner = restoring.status === 'fulfilled' ? id : 'taker'
      expect(await one.routes.find(id)).toMatchObject({ runId: owner })
      expect((await other.runs.get(id))?.archivedAt === undefined).toBe(owner === id)
    }
  },

  async 'of a run that is being recorded leaves it whole, in one place'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      const bundle = await aWholeRun(one, id)
      const outcomes = await Promise.allSettled(
        Array.from({ length: crowd }, (_, i) =>
          (i + round) % 2 === 0 ? one.archives.add(id) : other.runs.record(bundle),
        ),
      )

      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
      expect(await one.runs.bundle(id)).toStrictEqual(bundle)
      expect(await other.events.read(id)).toEqual([])
    }
  },

  async 'of a run whose writes are made again leaves it in one place'(one, other) {
    const { specId, stage, branch, expectedAgents, labels, verdict, missingAgents, agreements, conflicts } =
      goldenBundle().run
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      const bundle = await aWholeRun(one, id)
      const again: readonly (() => Promise<unknown>)[] = [
        () => other.runs.start({ id, specId, stage, branch, expectedAgents, labels }),
        () => other.runs.conclude(id, { verdict: verdict!, missingAgents, agreements, conflicts }),
        () => other.runs.unpin(id),
      ]
      const [archiving, ...outcomes] = await Promise.allSettled([
        one.archives.add(id),
        ...Array.from({ length: crowd }, (_, i) => again[(i + round) % again.length]!()),
      ])

      expect(archiving.status).toBe('fulfilled')
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
      expect(await one.runs.bundle(id)).toStrictEqual(bundle)
      expect(await other.events.read(id)).toEqual([])
    }
  },

  async 'is put back by nobody who saw an older run of that id, though it was archived at the same time'(
    one,
    other,
  ) {
    for (let round = 0; round < 5; round++) {
      const id = `r${round}`
      const bundle = await anotherRun(one, id, 'new')
      await one.runs.delete(id)
      // It takes a while to be unpacked.
      await anotherRun(one, id, 'old'.repeat(2_000_000))
      await one.archives.add(id)
      const [restoring] = await Promise.allSettled([
        one.archives.restore(id),
        other.runs
          .delete(id)
          .then(() => other.runs.record(bundle))
          .then(() => other.archives.add(id)),
      ])

      if (restoring.status === 'rejected') expect(restoring.reason).toMatchObject({ code: 'NOT_FOUND' })
      expect(await one.runs.bundle(id)).toStrictEqual(bundle)
    }
  },

  async 'is never seen half done'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      const bundle = await aWholeRun(one, id)
      const [, ...read] = await Promise.all([
        one.archives.add(id),
        ...Array.from({ length: crowd }, () => other.runs.bundle(id)),
      ])
      const [, ...readAgain] = await Promise.all([
        one.archives.restore(id),
        ...Array.from({ length: crowd }, () => other.runs.bundle(id)),
      ])
      for (const seen of [...read, ...readAgain]) expect(seen).toStrictEqual(bundle)
    }
  },
}

/** A run that may be archived, of as many events as any other of these. */
async function anotherRun(store: ConsensusStore, runId: string, content: string) {
  await aRun(store, { id: runId, specId: `SPEC of ${content.slice(0, 3)}` })
  await anArtifact(store, { id: `plan of ${runId}`, runId, content })
  await store.runs.abandon(runId)
  return (await store.runs.bundle(runId))!
}
