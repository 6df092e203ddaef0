import { isDeepStrictEqual } from 'node:util'
import { describe, expect } from 'vitest'
import { anomalies } from '../isolation/anomalies.ts'
import { interleave } from '../isolation/schedule.ts'
import { type Result, resultOf, serialResults } from '../isolation/serial.ts'
import { twoThings } from '../isolation/ways.ts'
import type { It } from '../store-test.ts'

export function isolation(it: It): void {
  describe('transactions at once do what they would one after the other, in some order, without', () => {
    for (const [anomaly, interleaving] of Object.entries(anomalies)) {
      it(anomaly, async ({ store, openStore }) => {
        await twoThings(store)
        const result = await resultOf(store, await interleave(store, interleaving))
        const open = async () => {
          const other = await openStore()
          await twoThings(other)
          return other
        }

        await mustBeOneOf(serialResults(open, interleaving, result), result)
        expect((await store.verify()).differences).toEqual([])
      })
    }
  })
}

async function mustBeOneOf(serial: AsyncIterable<Result>, result: Result): Promise<void> {
  const others: Result[] = []
  for await (const other of serial) {
    if (isDeepStrictEqual(other, result)) return
    others.push(other)
  }
  const orders = others.map((other) => `\n  ${JSON.stringify(other)}`).join('')
  expect.fail(`No serial order gives\n  ${JSON.stringify(result)}\nbut these:${orders}`)
}
