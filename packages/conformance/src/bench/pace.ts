import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Pace } from './measure.ts'

const clock = () => performance.now()

/** Enough rounds that a neighbour who is busy for some of them does not move the median. */
export const steady = (): Pace => ({
  warmups: 2,
  rounds: 25,
  sliceMs: 80,
  clock,
  collect: garbageCollector(),
})

/** Every variant once. */
export const glance = (): Pace => ({ warmups: 0, rounds: 1, sliceMs: 0, clock })

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
