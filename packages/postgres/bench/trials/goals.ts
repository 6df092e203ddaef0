import type { Goal } from '@consensus-store/conformance/bench'

/** The store against the bare driver. */
export const goals = (atLeast: number, aim: number): readonly Goal[] => [{ variant: 'store', atLeast, aim }]
