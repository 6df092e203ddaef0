import { describe, expect } from 'vitest'
import { contents, everything } from '../contents.ts'
import { goldenBundle } from '../golden-bundle.ts'
import { call, isNounMethod, isRead, type MethodName, methodNames, methods } from '../methods.ts'
import type { It } from '../store-test.ts'
import { playStory } from '../story.ts'

const ofNouns = methodNames.filter((name) => name.includes('.'))

export function copies(it: It): void {
  describe('values', () => {
    for (const name of [...ofNouns, 'verify', 'health'] as const) {
      it(`given by ${name} are the caller’s to change`, async ({ store }) => {
        await playStory(store)
        const given = await call(store, name, methods[name].args)
        const copy = structuredClone(given)
        const before = await everything(store)
        spoil(given)

        expect(await everything(store)).toStrictEqual(before)
        if (name !== 'health' && name !== 'runs.delete')
          expect(await call(store, name, methods[name].args)).toStrictEqual(copy)
      })
    }

    for (const name of ofNouns) {
      it(`given to ${name} are the caller’s to change, as soon as it was called`, async ({
        store,
        openStore,
      }) => {
        const expected = await openStore()
        for (const each of [store, expected]) await playStory(each)
        const wanted = await call(expected, name, argsOf(name))

        const args = argsOf(name)
        const calling = call(store, name, args)
        spoil(args)
        const given = await calling

        expect(await contents(store)).toStrictEqual(await contents(expected))
        expect(given).toStrictEqual(wanted)
      })
    }

    it('given by a transaction’s reads are the caller’s to change', async ({ store }) => {
      await playStory(store)
      await store.transaction(async (tx) => {
        const before = await everything(tx)
        for (const name of ofNouns) {
          if (isNounMethod(name) && isRead(name)) {
            spoil(await call(tx, name, methods[name].args))
          }
        }
        expect(await everything(tx)).toStrictEqual(before)
      })
    })

    it('are not connected: the same row read twice is two values', async ({ store }) => {
      await store.runs.record(goldenBundle())
      const [one, other] = [await store.runs.get('golden'), await store.runs.get('golden')]
      spoil(one)

      expect(other).toMatchObject({
        id: 'golden',
        labels: { team: 'alpha' },
        startedAt: new Date('2025-12-31T23:59:58.997Z'),
      })
    })
  })
}

const argsOf = (name: MethodName): readonly unknown[] => structuredClone(methods[name].args)

/** Changes all that can be changed in a value; what is frozen stays as it is. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Date) {
    value.setTime(0)
    return
  }
  if (value instanceof Map) {
    for (const item of value.values()) spoil(item)
    value.clear()
    return
  }
  for (const key of Object.keys(value)) {
    spoil((value as Record<string, unknown>)[key])
    Reflect.set(value, key, 'spoilt')
  }
  if (Array.isArray(value)) Reflect.set(value, value.length, 'spoilt')
  else Reflect.set(value, 'spoilt', true)
}
