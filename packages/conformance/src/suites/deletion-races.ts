import type { ConsensusStore } from '@consensus-store/core'
import { expect } from 'vitest'
import { anAgent, anEndedRun, aRun } from '../fixtures.ts'
import { aWholeRun } from '../golden-bundle.ts'

const rounds = 20
const crowd = 8

/** Both write to the same place; they may be the same store. */
export type Race = (one: ConsensusStore, other: ConsensusStore) => Promise<void>

/** What deleting may come to while someone else is about to do something with the same run. */
export const deletionRaces: Readonly<Record<string, Race>> = {
  async 'has one winner, however many delete'(one, other) {
    for (let round = 0; round < rounds; round++) {
      await anEndedRun(one, 'r', 'a')
      const given = await Promise.all(
        Array.from({ length: crowd }, (_, i) => (i % 2 === 0 ? one : other).runs.delete('r')),
      )

      expect(given.filter((deleted) => deleted !== undefined)).toEqual([{ id: 'r', agentIds: ['a'] }])
    }
  },

  async 'leaves a run that is being pinned pinned, or gone'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await anEndedRun(one, id, id)
      const [deleting, pinning] = await inEitherOrder(
        round,
        () => one.runs.delete(id),
        () => other.runs.pin(id),
      )

      if (deleting.status === 'fulfilled') {
        expect(deleting.value).toEqual({ id, agentIds: [id] })
        expect(pinning).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } })
        expect(await one.runs.get(id)).toBeUndefined()
      } else {
        expect(deleting.reason).toMatchObject({ code: 'CONFLICT' })
        expect(pinning.status).toBe('fulfilled')
        expect(await one.routes.find(id)).toBeDefined()
      }
    }
  },

  async 'takes no agent whose answer is under way'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await aRun(one, { id })
      await anAgent(one, { runId: id, agentId: id })
      await one.runs.abandon(id)
      const [deleting, answering] = await inEitherOrder(
        round,
        () => one.runs.delete(id),
        () => other.executions.complete(id, { response: 'late' }),
      )

      expect(answering).toMatchObject({ status: 'fulfilled', value: { status: 'completed' } })
      if (deleting.status === 'fulfilled') expect(deleting.value).toEqual({ id, agentIds: [id] })
      else expect(deleting.reason).toMatchObject({ code: 'CONFLICT' })
      const left = deleting.status === 'fulfilled' ? undefined : 'late'
      expect(await other.executions.response(id)).toBe(left)
    }
  },

  async 'takes no agent that was spawned just before the run ended'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await aRun(one, { id })
      // In one breath, so that whoever waits for the run finds both done at once.
      const ending = Promise.allSettled([
        anAgent(other, { runId: id, agentId: id }),
        other.runs.conclude(id, { verdict: 'failed' }),
      ])
      const deleting = await Promise.allSettled(Array.from({ length: crowd }, () => one.runs.delete(id)))
      const [spawning] = await ending

      const deleted = deleting.some((outcome) => outcome.status === 'fulfilled' && outcome.value)
      if (spawning.status === 'fulfilled') expect(deleted).toBe(false)
      const route = await one.routes.find(id)
      expect(route?.runId).toBe(spawning.status === 'fulfilled' ? id : undefined)
    }
  },

  async 'leaves a run that is being recorded whole or gone'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      const bundle = await aWholeRun(one, id)
      const outcomes = await Promise.allSettled(
        Array.from({ length: crowd }, (_, i) =>
          (i + round) % 2 === 0 ? one.runs.delete(id) : other.runs.record(bundle),
        ),
      )

      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
      const left = await one.runs.bundle(id)
      if (left) expect(left).toStrictEqual(bundle)
      const routes = await other.routes.findMany(bundle.executions.map(({ agentId }) => agentId))
      expect(routes.size).toBe(left ? bundle.executions.length : 0)
    }
  },

  async 'comes before another run of the same id, or keeps it from being started'(one, other) {
    for (let round = 0; round < rounds; round++) {
      const id = `r${round}`
      await anEndedRun(one, id, id)
      const [deleting, starting] = await inEitherOrder(
        round,
        () => one.runs.delete(id),
        () => aRun(other, { id, specId: 'OTHER' }),
      )

      expect(deleting).toMatchObject({ status: 'fulfilled', value: { id, agentIds: [id] } })
      const started = starting.status === 'fulfilled'
      if (!started) expect(starting.reason).toMatchObject({ code: 'CONFLICT' })
      expect(await one.events.read(id)).toHaveLength(started ? 1 : 0)
      expect(await other.routes.find(id)).toBeUndefined()
    }
  },
}

/** What comes of two calls made at once, the second first in every other round. */
export async function inEitherOrder<A, B>(
  round: number,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<[PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  if (round % 2 === 0) return Promise.allSettled([first(), second()])
  const [b, a] = await Promise.allSettled([second(), first()])
  return [a, b]
}
