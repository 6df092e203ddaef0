export * from './argument.ts'
export * from './artifact.ts'
export * from './body.ts'
export * from './bundle.ts'
export * from './compare.ts'
export {
  type Copied,
  type CopyCounts,
  type CopyOptions,
  type CopyRefusal,
  copyStore,
} from './copy.ts'
export * from './ending.ts'
export * from './env.ts'
export * from './error.ts'
export * from './event.ts'
export * from './execution.ts'
export * from './execution-query.ts'
export * from './follow.ts'
export * from './gate.ts'
export * from './guard.ts'
export type * from './health.ts'
export * from './history.ts'
export * from './intercept.ts'
export * from './json.ts'
export { logOf } from './log.ts'
export * from './page.ts'
export * from './record-together.ts'
export * from './replay.ts'
export * from './route.ts'
export * from './run.ts'
export type * from './store.ts'
export * from './synthesis.ts'
export * from './verify.ts'
