import type { Nouns } from '@consensus-store/core'
import { call, isNounMethod, type MethodName, methodNames } from '../../src/methods.ts'

/** A call that was made, to be made again. */
export interface Made {
  readonly method: MethodName
  readonly args: readonly unknown[]
}

export const isRead = (method: MethodName): boolean =>
  /\.(get|list|latest|bundle|response|failures|stale|find|findMany|read|readAll|position|load)$/.test(method)

/** Every noun with every method, each answered by `answer`. */
export function nounsOf(answer: (made: Made) => Promise<unknown>): Nouns {
  const nouns: Record<string, Record<string, unknown>> = {}
  for (const method of methodNames) {
    if (!isNounMethod(method)) continue
    const [noun, verb] = method.split('.') as [string, string]
    nouns[noun] ??= {}
    nouns[noun][verb] = (...args: unknown[]) => answer({ method, args })
  }
  return nouns as unknown as Nouns
}

export async function makeAgain(nouns: Nouns, calls: readonly Made[]): Promise<void> {
  for (const { method, args } of calls) await call(nouns, method, args)
}

/** What a call would give after others, none of which is kept. */
export async function tryOut(
  store: { transaction(work: (tx: Nouns) => Promise<never>): Promise<never> },
  before: readonly Made[],
  { method, args }: Made,
): Promise<unknown> {
  const tried = await store
    .transaction(async (tx) => {
      await makeAgain(tx, before)
      throw { given: await call(tx, method, args) }
    })
    .catch((thrown: unknown) => thrown)
  if (typeof tried === 'object' && tried !== null && 'given' in tried) return tried.given
  throw tried
}
