import { describe } from 'vitest'
import type { It } from '../store-test.ts'
import { retentionApplied } from './retention-applied.ts'
import { retentionClocks } from './retention-clocks.ts'
import { retentionDecisions } from './retention-decisions.ts'
import { retentionOptions } from './retention-options.ts'

export function retention(it: It): void {
  describe('retention', () => {
    retentionDecisions(it)
    retentionClocks(it)
    retentionApplied(it)
    retentionOptions(it)
  })
}
