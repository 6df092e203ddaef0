// A backup is whole whatever happens to runs meanwhile, and takes or moves away only what is a backup, where it really is.
import { lstat, rename, rm, stat } from 'node:fs/promises'
import { backupBundles, type ConsensusStore, StoreError } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

type BackUp = ConsensusStore['backup']

const backsUp = (store: ConsensusStore, backup: BackUp) => changed(store, () => ({}), { backup })

const backsUpRuns = (store: ConsensusStore, runs: Partial<ConsensusStore['runs']>) =>
  backsUp(store, (file, options) => backupBundles({ runs: { ...store.runs, ...runs } }, file, options))

/** Whether something is so before long. */
async function soon(isSo: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return true
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return false
}

plant(
  'a backup leaves archives out',
  'hold archived runs as they were, and give the same history',
  'backups',
  (store) =>
    backsUpRuns(store, {
      bundle: async (id) => ((await store.runs.get(id))?.archivedAt ? undefined : store.runs.bundle(id)),
    }),
)

plant(
  'a backup fails when a run that was listed is deleted',
  'are whole while runs are archived, put back and deleted',
  'backups',
  (store) =>
    backsUpRuns(store, {
      async bundle(id) {
        // Others delete it soon.
        if (id.startsWith('passing-')) await soon(async () => !(await store.runs.get(id)))
        const bundle = await store.runs.bundle(id)
        if (!bundle) throw new StoreError('CORRUPT', `Run ${id} was listed, and is not there`)
        return bundle
      },
    }),
)

plant(
  'a run that is archived or put back while it is read is left out of the backup',
  'are whole while runs are archived, put back and deleted',
  'backups',
  (store) =>
    backsUpRuns(store, {
      async bundle(id) {
        const archivedAt = async () => (await store.runs.get(id))?.archivedAt?.getTime()
        const before = await archivedAt()
        const moved = await soon(async () => (await archivedAt()) !== before)
        return moved ? undefined : store.runs.bundle(id)
      },
    }),
)

plant(
  'what a rotation would move away is taken for a backup',
  'move away nothing that is no backup',
  'backups',
  (store) =>
    backsUp(store, (file, options) =>
      store.backup(file, options).catch(async (error) => {
        if (!hasCode(error, 'CONFLICT')) throw error
        await rm(`${file}.1`)
        return store.backup(file, options)
      }),
    ),
)

let rotating = 0

plant(
  'rotations at once move what is not there any more',
  'that are made at once to one place all take it, one after the other',
  'backups',
  (store) =>
    backsUp(store, async (file, options) => {
      const made = `${file}.made.${crypto.randomUUID()}`
      const backup = await store.backup(made)
      rotating += 1
      try {
        await soon(async () => rotating > 1)
        for (let i = (options?.keep ?? 1) - 1; i > 0; i--) {
          const before = i === 1 ? file : `${file}.${i - 1}`
          const isThere = await stat(before).catch(() => undefined)
          // The others look, too, before it moves.
          await new Promise((resolve) => setTimeout(resolve, 5))
          if (isThere) await rename(before, `${file}.${i}`)
        }
        await rename(made, file)
      } finally {
        rotating -= 1
      }
      return { ...backup, file }
    }),
)

plant(
  'a backup takes the place of the link to where it should be',
  'follow a link, and leave it',
  'backups',
  (store) =>
    backsUp(store, async (file, options) => {
      if ((await lstat(file).catch(() => undefined))?.isSymbolicLink()) await rm(file)
      return store.backup(file, options)
    }),
)
