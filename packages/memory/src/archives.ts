import {
  type Archives,
  archiveFacts,
  archivePosition,
  archivesIn,
  checkBundle,
  type Depot,
  newestFirst,
} from '@consensus-store/core'
import { bundleOf, owners, recordBundle } from './bundles.ts'
import type { MemoryContext } from './context.ts'
import { lastPosition, mayLeave, runIn, vacate } from './state.ts'

export const archives = (context: MemoryContext): Archives => archivesIn(depot(context), context.env)

export const depot = ({ read, write }: MemoryContext): Depot => ({
  async kept(runId) {
    const run = runIn(read(), runId)
    return run && { run, archive: read().archives.get(runId)?.archive }
  },

  async read(runId) {
    const bundle = bundleOf(read(), runId)
    return bundle && { bundle, position: lastPosition(read(), runId) }
  },

  async list({ after, limit }) {
    return [...read().archives.values()]
      .map(({ archive }) => archiveFacts(archive))
      .filter((archive) => !after || newestFirst(after, archivePosition(archive)) < 0)
      .sort((a, b) => newestFirst(archivePosition(a), archivePosition(b)))
      .slice(0, limit + 1)
  },

  put: (archive, position) =>
    write((state) => {
      const { runId, archivedAt } = archive
      if (lastPosition(state, runId) !== position || !mayLeave(state, runId)) return false
      const run = { ...runIn(state, runId)!, archivedAt }
      vacate(state, runId)
      state.archives.set(runId, { run, archive })
      return true
    }),

  async putBack({ archive }, bundle) {
    const encoded = checkBundle(bundle)
    return write((state) => {
      const { id } = bundle.run
      if (state.archives.get(id)?.archive !== archive || owners(state, encoded).length > 0) return false
      state.archives.delete(id)
      recordBundle(state, encoded)
      return true
    })
  },

  ownerOf: async (bundle) => owners(read(), checkBundle(bundle))[0],
})
