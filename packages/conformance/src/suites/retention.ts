import { describe } from 'vitest'
import type { It } from '../store-test.ts'
import { retentionApplied } from './retention-applied.ts'
import { retentionDecisions } from './retention-decisions.ts'

export function retention(it: It): void {
  describe('retention', () => {
    retentionDecisions(it)
    retentionApplied(it)
  })
}
