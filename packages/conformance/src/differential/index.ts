export { aClock, type Clock } from '../clock.ts'
export { type Comparison, compareStores, StoresDiffer } from './compare-stores.ts'
export type { Contestant } from './contestant.ts'
export { reproduce, type Stores, type Tools } from './reproduce.ts'
