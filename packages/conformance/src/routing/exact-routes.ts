import type { ConsensusStore } from '@consensus-store/core'
import { expect } from 'vitest'
import { checkFinds } from './check-finds.ts'
import type { Observations } from './observations.ts'
import { playCrews } from './play-crews.ts'

/** How long to keep agents coming and going, and what happens meanwhile. */
export interface Traffic {
  /** How often each of the agents is spawned and deleted, at least. */
  readonly lives?: number | undefined
  /** What happens to the stores or to what is beneath them meanwhile; the traffic goes on until it is over. */
  readonly meanwhile?: (() => Promise<unknown>) | undefined
  /** For how many milliseconds one of the stores may find what another deleted. By default not at all. */
  readonly staleMs?: number | undefined
}

/**
 * Spawns, finds and deletes agents on stores that hold the same data, and rejects with the seed and what happened if a find gave
 * anything but what was spawned and not deleted, or may still be given.
 */
export async function exactRoutes(
  stores: readonly ConsensusStore[],
  { lives = 20, meanwhile = async () => {}, staleMs = 0 }: Traffic = {},
): Promise<void> {
  const seed = newSeed()
  const crews = stores.map((_, i) => [`${i} a`, `${i} b`, `${i} c`])
  let over = false
  const happening = meanwhile().finally(() => {
    over = true
  })
  const observed = await Promise.all(
    stores.map((store, i) => {
      const otherCrews = crews.filter((_, j) => j !== i).flat()
      const workload = { seed: seed + i, by: `store ${i}`, crews: crews[i]!, otherCrews, lives }
      return playCrews(store, workload, {
        more: () => !over,
        others: (done) => Promise.all([done, happening]),
      })
    }),
  )
  mustBeExact(observed, seed, staleMs)
}

/** Another each time; CONSENSUS_ROUTING_SEED makes it one that failed. */
export const newSeed = () => Number(process.env.CONSENSUS_ROUTING_SEED) || Math.floor(Math.random() * 2 ** 31)

/** Fails when what the processes saw of each other's agents and their own cannot have been. */
export function mustBeExact(observed: readonly Observations[], seed: number, staleMs: number): void {
  const lives = observed.flatMap(({ lives }) => lives)
  const finds = observed.flatMap(({ finds }) => finds)
  const violations = checkFinds({ lives, finds }, staleMs)
  const [first] = violations
  if (first) {
    const count = `${violations.length} of ${finds.length} finds were told wrong`
    expect.fail(`${first.wrong}, with CONSENSUS_ROUTING_SEED=${seed}\n${first.shown}\n${count}`)
  }
  // Of agents nobody found, or nobody missed, nothing is proven.
  const found = finds.filter(({ facts }) => facts !== null).length
  expect(found).toBeGreaterThan(lives.length / 4)
  expect(finds.length - found).toBeGreaterThan(lives.length / 4)
}
