import { fold } from '@consensus-store/core'
import { expect, test } from 'vitest'
import { aLog } from '../bench/a-log.ts'
import { foldByHand } from '../bench/by-hand.ts'

test('what is folded by hand is what the log tells', () => {
  for (const events of [1, 2, 3, 4, 100]) {
    const log = aLog(events)
    expect(log).toHaveLength(events)
    expect(foldByHand('r', log)).toStrictEqual(fold('r', log))
  }
})
