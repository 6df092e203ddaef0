import type { Database } from './service.ts'

/** A database that is removed once, however often it is dropped or disposed of. */
export function newDatabase(url: string, remove: () => Promise<void>): Database {
  let removed: Promise<void> | undefined
  const drop = () => {
    removed ??= remove()
    return removed
  }
  return { url, drop, [Symbol.asyncDispose]: drop }
}
