import { StoreError } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import {
  call,
  isNounMethod,
  type MethodName,
  methodNames,
  methods,
  methodsOf,
  withValueAt,
} from '../methods.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'
import { temporaryFile } from '../temporary-file.ts'

export function badInput(it: It): void {
  describe('bad input', () => {
    it('is tried on every method the store has', async ({ store }) => {
      expect([...methodsOf(store)].sort()).toEqual([...methodNames].sort())
    })

    for (const name of methodNames) {
      const { args, refuses } = methods[name]
      for (const { argument, path, bad } of refuses) {
        it(`to ${name} is refused by name and changes nothing: ${argument}`, async ({ store }) => {
          await playStory(store)
          await changesNothing(store, async () => {
            const refused: Record<string, string> = {}
            for (const [kind, value] of Object.entries(bad)) {
              const wrong = withValueAt(args, path, value) as readonly unknown[]
              refused[kind] = await outcome(() => call(store, name, wrong), argument)
            }
            expect(refused).toEqual(Object.fromEntries(Object.keys(bad).map((kind) => [kind, 'INVALID'])))
          })
        })
      }
    }

    it('inside a transaction is refused as well, and the transaction goes on', async ({ store }) => {
      await playStory(store)
      await store.transaction(async (tx) => {
        for (const name of methodNames) {
          if (!isNounMethod(name)) continue
          const { args, refuses } = methods[name]
          for (const { argument, path, bad } of refuses) {
            const value = Object.values(bad)[0]
            const wrong = withValueAt(args, path, value) as readonly unknown[]
            expect([name, argument, await outcome(() => call(tx, name, wrong), argument)]).toEqual([
              name,
              argument,
              'INVALID',
            ])
          }
        }
        await tx.runs.pin('run-3')
      })

      expect(await store.runs.get('run-3')).toMatchObject({ pinned: true })
    })

    it('is not taken for good input: the same calls, put right, all succeed', async ({ openStore }) => {
      for (const name of methodNames) {
        const store = await openStore()
        await playStory(store)
        await expect(call(store, name, goodArgs(name)), name).resolves.not.toThrow()
      }
    })
  })
}

/** What a call of a method takes that is made for good. */
function goodArgs(name: MethodName): readonly unknown[] {
  const { args } = methods[name]
  return name === 'backup' ? [temporaryFile(), ...args.slice(1)] : args
}

/** `INVALID` when a call was refused as it should be, otherwise what it did instead. */
async function outcome(attempt: () => Promise<unknown>, argument: string): Promise<string> {
  let promise: Promise<unknown>
  try {
    promise = attempt()
  } catch (error) {
    return `threw instead of rejecting: ${error}`
  }
  return promise.then(
    () => 'was accepted',
    (error: unknown) => {
      if (!(error instanceof StoreError)) return `rejected with ${error}`
      if (error.code !== 'INVALID') return `rejected with ${error.code}`
      return error.message.includes(argument) ? 'INVALID' : `does not name it: ${error.message}`
    },
  )
}
