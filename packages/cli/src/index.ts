export type * from './io.ts'
export { main } from './main.ts'
export type * from './open-store.ts'
