import { concernsOneRun, StoreError } from '@consensus-store/core'
import type { Context, Outcome } from './command.ts'

/**
 * Does something with each of several runs, or with what is of different runs. What is wrong with one of them alone is told, and the
 * others are still done, also when nobody reads of it any more.
 */
export async function eachRun<Item>(
  { outlastReader, remark, quote }: Context,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<Outcome> {
  outlastReader()
  let refused = false
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      if (!concernsOneRun(error) && !isNotFound(error)) throw error
      refused = true
      remark(`error: ${error.code}: ${quote(error.message)}`)
    }
  }
  return refused ? 1 : 0
}

const isNotFound = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'NOT_FOUND'
