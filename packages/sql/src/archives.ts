import {
  archiveOf,
  type Classify,
  checkBundle,
  type Depot,
  type KeptRunRow,
  StoreError,
} from '@consensus-store/core'
import { archiveOfRun, listArchives } from './archive-rows.ts'
import { archivingSteps } from './archiving.ts'
import { readRun, runOf } from './bundles.ts'
import type { Session } from './context.ts'
import { pageArguments } from './listing.ts'
import { ownerOf, puttingBackSteps } from './recording.ts'
import { bind } from './statement.ts'

/** How runs are moved into archives and back. What of a run cannot be read is wrong with that run, so its name is said. */
export const depot = (session: Session, classify: Classify): Depot => ({
  kept: (runId) => naming(runId, classify, keptRun(session, runId)),

  async read(runId) {
    const { bundle, position } = await naming(runId, classify, readRun(session, runId))
    if (!bundle) return undefined
    if (position === undefined) throw new StoreError('CORRUPT', `Run ${runId} has lost all of its events`)
    return { bundle, position }
  },

  list: (request) =>
    session.all(listArchives({ after: request.after !== undefined }), pageArguments(request)),

  async put(archive, position) {
    const [[claimed]] = await session.write(archivingSteps(archive, position))
    return claimed !== undefined
  },

  async putBack(seen, bundle) {
    const [[claimed]] = await session.write(
      puttingBackSteps(checkBundle(bundle), {
        archivedAt: seen.run.archivedAt!,
        lastSequence: seen.run.lastSequence,
        checksum: archiveOf(seen).checksum,
      }),
    )
    return claimed !== undefined
  },

  async ownerOf(bundle) {
    const [[owner]] = await session.snapshot([ownerOf(checkBundle(bundle))])
    return owner
  },
})

async function naming<T>(runId: string, classify: Classify, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof StoreError) throw error
    const message = `Run ${runId} cannot be read: ${(error as Error).message}`
    throw new StoreError(classify(error), message, { cause: error })
  }
}

async function keptRun(session: Session, runId: string): Promise<KeptRunRow | undefined> {
  const [[run], [archive]] = await session.snapshot([bind(runOf, { runId }), bind(archiveOfRun, { runId })])
  return run && { run, archive }
}
