import type { ConsensusStore } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { anOldRun } from '../old-runs.ts'
import type { It } from '../store-test.ts'
import { temporaryFile } from '../temporary-file.ts'

const thrown = new Error('thrown by the caller')

const throwing = () => {
  throw thrown
}

type Call = (store: ConsensusStore) => Promise<unknown>

/** Calls that call back, each with something to do. */
const calls: Readonly<Record<string, Call>> = {
  'verify to progress': (store) => store.verify(undefined, { progress: throwing }),
  'verify of a run to progress': (store) => store.verify('old', { progress: throwing }),
  'rebuild to progress': (store) => store.rebuild(undefined, { progress: throwing }),
  'retention.apply to progress': (store) => store.retention.apply({}, { progress: throwing }),
  'retention.apply to gone': (store) => store.retention.apply({}, { gone: throwing }),
  'retention.apply to gone, later': (store) =>
    store.retention.apply({}, { gone: () => Promise.reject(thrown) }),
  'backup to progress': (store) => store.backup(temporaryFile(), { progress: throwing }),
}

export function callbacks(it: It): void {
  describe('what a callback throws', () => {
    for (const [name, call] of Object.entries(calls)) {
      it(`is what the caller gets who gave ${name}`, async ({ store, clock }) => {
        await anOldRun(store, clock, { id: 'old', specId: 'S', stage: 'plan', ended: 40 })

        expect(await call(store).catch((error: unknown) => error)).toBe(thrown)
        expect((await store.verify()).differences).toEqual([])
      })
    }
  })
}
