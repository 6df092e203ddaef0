import type { Goal } from '@consensus-store/conformance/bench'

/** The store against the bare driver, and against Kysely as one would first use it. */
export const goals = (atLeast: number, aim: number): readonly Goal[] => [
  { variant: 'store', atLeast, aim },
  { variant: 'store', against: 'kysely', atLeast: 3, aim: 6 },
]
