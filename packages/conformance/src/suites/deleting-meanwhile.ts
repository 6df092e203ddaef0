import type { Nouns } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { contents } from '../contents.ts'
import { expectWhole } from '../expect-whole.ts'
import { anEndedRun } from '../fixtures.ts'
import { aWholeRun } from '../golden-bundle.ts'
import { together } from '../processes/process.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { deletionRaces } from './deletion-races.ts'

export function deletingMeanwhile(it: It): void {
  describe('deleting a run while others write', () => {
    for (const [outcome, race] of Object.entries(deletionRaces)) {
      it(outcome, async ({ store }) => {
        await race(store, store)
        await expectWhole(store)
      })

      it(`${outcome}, in another store at the same place`, { timeout: 60_000 }, async ({ sharedPlace }) => {
        await using one = await sharedPlace.open()
        await using other = await sharedPlace.open()
        await race(one, other)
        await expectWhole(one)
      })
    }

    it('has one winner, whichever processes delete', { timeout: 120_000 }, async ({ sharedPlace }) => {
      await using store = await sharedPlace.open()
      const runIds = Array.from({ length: 25 }, (_, i) => `r${i}`)
      await Promise.all(runIds.map((id) => anEndedRun(store, id, `${id} a`, `${id} b`)))
      const won = await together(
        sharedPlace,
        'delete',
        Array.from({ length: 4 }, () => ({ runIds })),
      )

      const inOrder = won.flat().sort((a, b) => runIds.indexOf(a.id) - runIds.indexOf(b.id))
      expect(inOrder).toEqual(runIds.map((id) => ({ id, agentIds: [`${id} a`, `${id} b`] })))
      expect(await contents(store)).toEqual({ bundles: [], events: [] })
    })
  })

  describe('reading a run while it is deleted', () => {
    it('gives all of it or nothing', async ({ store }) => {
      const ids = await unpinnedRuns(store)
      const whole = await bundlesOf(store, ids)
      const during = await Promise.all(
        ids.map((id) => Promise.all([store.runs.bundle(id), store.runs.delete(id), store.runs.bundle(id)])),
      )

      for (const [i, [one, , other]] of during.entries()) {
        for (const bundle of [one, other]) if (bundle) expect(bundle).toStrictEqual(whole[i])
      }
      expect(await bundlesOf(store, ids)).toEqual(ids.map(() => undefined))
    })

    it('is no difference to those who verify them all', { timeout: 60_000 }, async ({ store }) => {
      await anEndedRun(store, 'kept')
      const ids = await unpinnedRuns(store)
      const verifying = [store.verify()]
      for (const id of ids) {
        verifying.push(store.verify())
        await store.runs.delete(id)
      }

      for (const { differences } of await Promise.all(verifying)) expect(differences).toEqual([])
      expect(await store.verify()).toEqual({ runs: 1, events: 2, differences: [] })
      await refusal('NOT_FOUND', store.verify(ids[0]))
    })
  })
}

/** Twenty of them, which may be deleted. */
async function unpinnedRuns(store: Nouns): Promise<readonly string[]> {
  const ids = Array.from({ length: 20 }, (_, i) => `r${i}`)
  for (const id of ids) await aWholeRun(store, id)
  return ids
}

const bundlesOf = (store: Nouns, ids: readonly string[]) =>
  Promise.all(ids.map((id) => store.runs.bundle(id)))
