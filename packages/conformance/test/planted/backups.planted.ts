// A backup holds what was acknowledged before it began, replaces an older one only when it is whole, and restores all or nothing.
import { copyFile, rename, rm, writeFile } from 'node:fs/promises'
import {
  type Backup,
  backupBundles,
  type ConsensusStore,
  restoreBackup,
  StoreError,
} from '@consensus-store/core'
import { changed, hasCode, plant, plantRestore } from './plant.ts'

type BackUp = ConsensusStore['backup']

const backsUp = (store: ConsensusStore, backup: BackUp) => changed(store, () => ({}), { backup })

plant(
  'a backup misses what was committed just before it began',
  'restore everything, word for word',
  'backups',
  (store) => {
    let listed: Awaited<ReturnType<ConsensusStore['runs']['list']>> | undefined
    const late: ConsensusStore['runs'] = {
      ...store.runs,
      async list(query) {
        const now = await store.runs.list(query)
        const then = listed ?? { ...now, items: now.items.slice(1) }
        listed = now
        return then
      },
    }
    return backsUp(store, (file, options) => backupBundles({ runs: late }, file, options))
  },
)

plant(
  'a backup replaces the older one before it is verified',
  'take the places of older ones, as many as are to be kept',
  'backups',
  (store) =>
    backsUp(store, async (file, options) => {
      const made = `${file}.made`
      await backupBundles(store, made)
      await rename(made, file)
      options?.progress?.(0.5)
      options?.signal?.throwIfAborted()
      return store.backup(file, options)
    }),
)

plant(
  'a backup that is stopped leaves what it had made',
  'that are aborted at any point leave the one before as it was, and nothing else',
  'backups',
  (store) =>
    backsUp(store, async (file, options) => {
      await writeFile(`${file}.new`, 'half of it')
      const backup = await store.backup(file, options)
      await rm(`${file}.new`)
      return backup
    }),
)

plant(
  'a backup that is stopped takes the older one with it',
  'that are aborted at any point leave the one before as it was, and nothing else',
  'backups',
  (store) =>
    backsUp(store, (file, options) =>
      store.backup(file, options).catch(async (error) => {
        if (options?.signal?.aborted) await rm(file, { force: true })
        throw error
      }),
    ),
)

plant(
  'a rotation loses one',
  'take the places of older ones, as many as are to be kept',
  'backups',
  (store) =>
    backsUp(store, (file, options) =>
      store.backup(file, { ...options, keep: Math.max(1, (options?.keep ?? 1) - 1) }),
    ),
)

plant(
  'a rotation keeps the newest one twice',
  'take the places of older ones, as many as are to be kept',
  'backups',
  (store) =>
    backsUp(store, async (file, options) => {
      const backup = await store.backup(file, options)
      if (options?.keep) await copyFile(file, `${file}.1`)
      return backup
    }),
)

plant(
  'a rotation keeps more than it was told',
  'take the places of older ones, as many as are to be kept',
  'backups',
  (store) =>
    backsUp(store, (file, options) =>
      store.backup(file, { ...options, keep: options?.keep === undefined ? undefined : options.keep + 1 }),
    ),
)

plant(
  'any file is taken for a backup that may be replaced',
  'replace nothing that is no backup',
  'backups',
  (store) =>
    backsUp(store, (file, options) =>
      store.backup(file, options).catch(async (error) => {
        if (!hasCode(error, 'CONFLICT')) throw error
        await rm(file, { recursive: true })
        return store.backup(file, options)
      }),
    ),
)

plant(
  'a backup is said to have another digest',
  'have the digest of what can be exported, which is that of any store with the same history',
  'backups',
  (store) =>
    backsUp(store, async (file, options): Promise<Backup> => {
      const backup = await store.backup(file, options)
      return { ...backup, digest: `sha256:${'0'.repeat(64)}` }
    }),
)

plant(
  'a backup is taken of pinned runs as if they were not',
  'restore everything, word for word',
  'backups',
  (store) => {
    const runs: ConsensusStore['runs'] = {
      ...store.runs,
      async bundle(id) {
        const bundle = await store.runs.bundle(id)
        return bundle?.run.pinned ? undefined : bundle
      },
    }
    return backsUp(store, (file, options) => backupBundles({ runs }, file, options))
  },
)

plant('backing up changes the store', 'restore everything, word for word', 'backups', (store) =>
  backsUp(store, async (file, options) => {
    const backup = await store.backup(file, options)
    await store.cursors.save('last backup', 1)
    await store.runs.abandon('run-3').catch(() => undefined)
    return backup
  }),
)

plantRestore(
  'a backup is restored over a store with something in it',
  'fill no store that there is anything in',
  (file, store, options) =>
    restoreBackup(file, store, options).catch(async (error) => {
      if (!hasCode(error, 'CONFLICT')) throw error
      const hidden = {
        ...store,
        runs: { ...store.runs, list: async () => ({ items: [], next: undefined }) },
        events: { ...store.events, readAll: async () => [] },
        cursors: { ...store.cursors, list: async () => [] },
      }
      return restoreBackup(file, hidden, options)
    }),
)

plantRestore(
  'a store with cursors alone is taken for empty',
  'fill no store that there is anything in',
  (file, store, options) =>
    restoreBackup(file, { ...store, cursors: { ...store.cursors, list: async () => [] } }, options),
)

plantRestore(
  'what is whole of a damaged backup is restored',
  'that are damaged in bundles write nothing to a store',
  (file, store, options) =>
    restoreBackup(file, store, options).catch(async (error) => {
      if (hasCode(error, 'CORRUPT')) await store.runs.start({ specId: 'restored', stage: 'plan' })
      throw error
    }),
)

plantRestore(
  'a damaged backup is taken for one that was never there',
  'that are damaged in bundles write nothing to a store',
  (file, store, options) =>
    restoreBackup(file, store, options).catch((error) => {
      throw hasCode(error, 'CORRUPT') ? new StoreError('NOT_FOUND', 'There is no backup') : error
    }),
)
