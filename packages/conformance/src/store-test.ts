import { type Capabilities, type ConsensusStore, type Env, restoreBackup } from '@consensus-store/core'
import { test } from 'vitest'
import { aClock, type Clock } from './clock.ts'
import { disposables } from './disposables.ts'
import type { DamageablePlace, OpenOptions, Place, Subject } from './subject.ts'

interface Fixtures {
  readonly clock: Clock
  /** A new, empty store on `clock`. */
  readonly store: ConsensusStore
  /** Opens more of them, each empty and sharing nothing with the others. */
  readonly openStore: (env?: Env) => Promise<ConsensusStore>
  /** Opens a new store with what a backup holds. */
  readonly restored: (file: string) => Promise<ConsensusStore>
  /** A new, empty place; the test is skipped unless the store is durable. */
  readonly durablePlace: Place
  /** A new, empty place; the test is skipped unless the store is shared. */
  readonly sharedPlace: Place
  /** Makes more of them. */
  readonly newSharedPlace: () => Promise<Place>
  /** A new, empty place; the test is skipped unless the subject has one that can be damaged. */
  readonly damageable: DamageablePlace
  /** For how long a deletion elsewhere may go unnoticed. */
  readonly staleRoutesMs: number
}

type Skip = (condition: boolean, note: string) => void

export const storeTest = (subject: Subject) =>
  test.extend<Fixtures>({
    clock: async ({}, use) => use(aClock()),
    store: async ({ clock }, use) => {
      await using store = await subject.open({ env: clock })
      await use(store)
    },
    openStore: async ({ clock }, use) => {
      await using opened = disposables()
      await use(async (env = clock) => opened.use(await subject.open({ env })))
    },
    restored: async ({ clock }, use) => {
      await using opened = disposables()
      const restore = subject.restore ?? intoNewStore(subject)
      await use(async (file) => opened.use(await restore(file, { env: clock })))
    },
    durablePlace: async ({ store, skip }, use) => {
      await using place = await placesFor('durable', subject, store, skip)()
      await use(place)
    },
    sharedPlace: async ({ newSharedPlace }, use) => use(await newSharedPlace()),
    newSharedPlace: async ({ store, skip }, use) => {
      const newPlace = placesFor('shared', subject, store, skip)
      await using places = disposables()
      await use(async () => places.use(await newPlace()))
    },
    damageable: async ({ skip }, use) => {
      skip(!subject.damageable, 'nothing can be got at beneath the store')
      await using place = await subject.damageable!()
      await use(place)
    },
    staleRoutesMs: async ({}, use) => use(subject.staleRoutesMs ?? 0),
  })

/** `test`, given whatever fixtures of one backend it names. */
export type It = ReturnType<typeof storeTest>

const intoNewStore = (subject: Subject) => async (file: string, options: OpenOptions) => {
  const store = await subject.open(options)
  try {
    await restoreBackup(file, store)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What a store says it supports is tested: only a store that does not say so is let off. */
function placesFor(
  capability: keyof Capabilities,
  subject: Subject,
  { name, supports }: ConsensusStore,
  skip: Skip,
): () => Promise<Place> {
  skip(!supports[capability], `${name} does not say it is ${capability}`)
  const { place } = subject
  if (!place) throw new Error(`${name} says it is ${capability}, so its subject must give a place`)
  return () => place.call(subject)
}
