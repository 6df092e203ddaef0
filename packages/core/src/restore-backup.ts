import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Backup } from './backup.ts'
import type { Bundle } from './bundle.ts'
import { conflict, StoreError } from './error.ts'
import { type ExportOptions, exportDigest } from './export-digest.ts'
import { bodyBytes } from './log.ts'
import { readBundleBackup } from './read-bundle-backup.ts'
import { allOf } from './record-together.ts'
import type { ConsensusStore } from './store.ts'

/** What was restored, and the digest of it, which is the backup's. */
export type Restored = Pick<Backup, 'runs' | 'digest'>

/**
 * Fills an empty store from a backup of bundles, which is read to its end before anything is written, and checks that the
 * store exports what was kept. CONFLICT when there is anything in the store, CORRUPT when the backup is damaged: then nothing
 * was written. Stopped in the middle it leaves a part of the runs, each whole.
 */
export async function restoreBackup(
  path: string,
  store: ConsensusStore,
  { signal, progress }: ExportOptions = {},
): Promise<Restored> {
  await mustBeEmpty(store)
  const third = (done: number) => (share: number) => progress?.((done + share) / 3)
  const looking = await readBundleBackup(path, { signal, progress: third(0) })
  for await (const _ of looking.bundles());

  const backup = await readBundleBackup(path, { signal, progress: third(1) })
  const recordAll = async (bundles: readonly Bundle[]) => {
    // What is asked for in one tick shares a transaction.
    await allOf(bundles.map((bundle) => store.runs.record(bundle)))
    await nextTurn()
  }
  let together: Bundle[] = []
  let bytes = 0
  for await (const bundle of backup.bundles()) {
    together.push(bundle)
    bytes += bodyBytes(bundle.events)
    if (together.length < RUNS_TOGETHER && bytes < BYTES_TOGETHER) continue
    await recordAll(together)
    together = []
    bytes = 0
  }
  await recordAll(together)
  return mustHold(store, backup.label, { signal, progress: third(2) })
}

/** CONFLICT unless there is nothing at all in the store. */
export async function mustBeEmpty({ runs, events, cursors }: ConsensusStore): Promise<void> {
  const found = [
    ...(await runs.list({ limit: 1 })).items,
    ...(await events.readAll({ limit: 1 })),
    ...(await cursors.list({ limit: 1 })),
  ]
  if (found.length > 0)
    throw conflict('There is something in the store already: a backup is restored to an empty one')
}

/** CORRUPT unless the store exports what a backup says of itself. */
export async function mustHold(
  store: ConsensusStore,
  expected: Restored,
  options?: ExportOptions,
): Promise<Restored> {
  const { runs, digest } = await exportDigest(store, options)
  if (runs === expected.runs && digest === expected.digest) return { runs, digest }
  throw new StoreError(
    'CORRUPT',
    `The store has ${runs} runs that are not the ${expected.runs} of the backup`,
  )
}

const RUNS_TOGETHER = 64
const BYTES_TOGETHER = 8 * 1024 * 1024
