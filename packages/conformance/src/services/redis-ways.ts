import type { WayToStart } from './ways.ts'

export const redisWays: readonly WayToStart[] = []
