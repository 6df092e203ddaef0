import {
  type Archives,
  archiveOf,
  archivesIn,
  checkBundle,
  type Depot,
  type KeptRunRow,
} from '@consensus-store/core'
import { archiveOfRun, listArchives } from './archive-rows.ts'
import { archivingSteps } from './archiving.ts'
import { readRun, runOf } from './bundles.ts'
import type { Session, SqlContext } from './context.ts'
import { pageArguments } from './listing.ts'
import { ownerOf, puttingBackSteps } from './recording.ts'
import { bind } from './statement.ts'

export const archives = ({ session, env }: SqlContext): Archives => archivesIn(depot(session), env)

export const depot = (session: Session): Depot => ({
  kept: (runId) => keptRun(session, runId),

  async read(runId) {
    const { bundle, position } = await readRun(session, runId)
    return bundle && position !== undefined ? { bundle, position } : undefined
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

async function keptRun(session: Session, runId: string): Promise<KeptRunRow | undefined> {
  const [[run], [archive]] = await session.snapshot([bind(runOf, { runId }), bind(archiveOfRun, { runId })])
  return run && { run, archive }
}
