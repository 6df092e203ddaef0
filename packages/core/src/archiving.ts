import type {
  Archive,
  ArchivedRun,
  ArchiveFolder,
  Archives,
  ArchivingOptions,
  KeptArchive,
} from './archive.ts'
import { options as checkOptions, name } from './argument.ts'
import type { Bundle } from './bundle.ts'
import { type Env, now } from './env.ts'
import { conflict, invalid, notFound, StoreError } from './error.ts'
import { continuesLog } from './event.ts'
import { isOpen } from './execution.ts'
import { packBundle, unpackBundle } from './pack.ts'
import { compareText, type PageRequest, type Position, page, pageRequest } from './page.ts'
import { archivedConflict, mustBeDeletable, type Run } from './run.ts'
import { settle } from './settle.ts'

/**
 * What a backend brings to archiving. All that is read is as of one moment, all that is written in one transaction. CORRUPT,
 * naming the run, when what is kept of it cannot be read.
 */
export interface Depot {
  /** A run's row, with its archive if it has one; `undefined` if there is no such run. */
  kept(runId: string): Promise<KeptRunRow | undefined>
  /** All a run owns; `undefined` if it is not there, or archived. CORRUPT when there is no event of it. */
  read(runId: string): Promise<PlacedBundle | undefined>
  /** Up to one archive more than asked for, last archived first. */
  list(request: PageRequest): Promise<readonly Archive[]>
  /**
   * Puts an archive in the place of all that its run owns. False, and nothing is changed, unless the run's last event is still
   * the one at `position`, and it may be archived.
   */
  put(archive: KeptArchive, position: number): Promise<boolean>
  /**
   * Puts a bundle in the place of its archive. False, and nothing is changed, unless the run is still archived as it was
   * seen, or when another run owns an id of the bundle.
   */
  putBack(seen: KeptRunRow, bundle: Bundle): Promise<boolean>
  /** The first id of a bundle that another run owns, and that run. */
  ownerOf(bundle: Bundle): Promise<{ readonly id: string; readonly runId: string } | undefined>
}

/** A run, and its archive if it has one. */
export interface KeptRunRow {
  readonly run: Run
  readonly archive: KeptArchive | undefined
}

/** A run with all it owns, and how far it is. */
export interface PlacedBundle {
  readonly bundle: Bundle
  /** In the store's log, of the run's last event. */
  readonly position: number
}

/** Archives over what a backend brings. What takes time is done while others may write. */
export function archivesIn(depot: Depot, env: Env): Archives {
  /** The run is read and packed before it is claimed, so it may be another by then: it is read again. */
  async function archive(runId: string, at: Date, folder: ArchiveFolder | undefined) {
    const kept = await depot.kept(runId)
    if (!kept) throw notFound('run', runId)
    if (kept.run.archivedAt) return keepArchived(kept, folder)
    const seen = await depot.read(runId)
    return seen && archiveSeen(depot, seen, at, folder)
  }

  async function putBack(runId: string): Promise<Run | undefined> {
    const kept = await depot.kept(runId)
    if (!kept) throw notFound('run', runId)
    if (!kept.run.archivedAt) return kept.run
    const bundle = await unpackBundle(archiveOf(kept))
    if (await depot.putBack(kept, bundle)) return bundle.run
    const taken = await depot.ownerOf(bundle)
    if (taken)
      throw conflict(
        `${taken.id} is in the archive of run ${runId}, but belongs to run ${taken.runId} by now`,
      )
    return undefined
  }

  return {
    async add(runId, options = {}) {
      const id = name(runId, 'runId')
      const folder = checkFolder(checkOptions(options, 'options'))
      const at = now(env)
      return settle(`Run ${id}`, () => archive(id, at, folder))
    },

    async get(runId) {
      const kept = await depot.kept(name(runId, 'runId'))
      if (!kept?.run.archivedAt) return undefined
      const archive = archiveOf(kept)
      return { ...archiveFacts(archive), bundle: await unpackBundle(archive) }
    },

    async list(query = {}) {
      const request = pageRequest('archives', {}, checkOptions(query, 'query'))
      return page(await depot.list(request), request, archivePosition)
    },

    async restore(runId) {
      const id = name(runId, 'runId')
      return settle(`Run ${id}`, () => putBack(id))
    },
  }
}

/** Archives a run as it was seen; `undefined`, and nothing is changed, when it has changed since. */
export async function archiveSeen(
  depot: Depot,
  { bundle, position }: PlacedBundle,
  at: Date,
  folder: ArchiveFolder | undefined,
): Promise<ArchivedRun | undefined> {
  mustBeDeletable(bundle.run, firstOpen(bundle))
  const packed = await packBundle(bundle, at)
  await keepIn(folder, packed)
  return (await depot.put(packed, position)) ? archivedRun(packed, bundle) : undefined
}

/** Brings the archive of a run into a folder, if it is not there. CORRUPT when it is damaged or lost. */
export async function keepArchived(
  kept: KeptRunRow,
  folder: ArchiveFolder | undefined,
): Promise<ArchivedRun> {
  const archive = archiveOf(kept)
  const bundle = await unpackBundle(archive)
  await keepIn(folder, archive)
  return archivedRun(archive, bundle)
}

/** The archive of a run whose row says it is archived. CORRUPT when it is not there. */
export function archiveOf({ run, archive }: KeptRunRow): KeptArchive {
  if (!archive) throw new StoreError('CORRUPT', `The archive of run ${run.id} is lost`)
  return archive
}

/** CONFLICT unless a bundle tells what an archived run tells, or less: nothing is added to an archive. */
export function mustBeToldBy(archived: Bundle, { run, events }: Pick<Bundle, 'run' | 'events'>): void {
  if (continuesLog(archived.events, events)) return
  if (continuesLog(events, archived.events)) throw archivedConflict(run)
  throw conflict(`Run ${run.id} is stored with another log`)
}

/** Where an archive stands in lists. */
export const archivePosition = ({ archivedAt, runId }: Archive): Position => ({ at: archivedAt, id: runId })

/** An archive without what is compressed. */
export function archiveFacts({ runId, archivedAt, bytes, bundleBytes, checksum }: KeptArchive): Archive {
  return { runId, archivedAt, bytes, bundleBytes, checksum }
}

const archivedRun = (archive: KeptArchive, { executions }: Bundle): ArchivedRun => ({
  ...archiveFacts(archive),
  agentIds: executions.map(({ agentId }) => agentId).sort(compareText),
})

const firstOpen = ({ executions }: Bundle) =>
  executions.filter(isOpen).sort((a, b) => compareText(a.agentId, b.agentId))[0]

/** The folder, checked. INVALID when it is none. */
export function checkFolder({ folder }: Pick<ArchivingOptions, 'folder'>): ArchiveFolder | undefined {
  if (folder === undefined) return undefined
  if (typeof folder !== 'object' || typeof folder?.keep !== 'function')
    throw invalid('folder', 'must be an archive folder')
  return folder
}

/** A folder may be anybody's: what it throws is no error of the database. */
async function keepIn(folder: ArchiveFolder | undefined, archive: KeptArchive) {
  try {
    await folder?.keep(archiveFacts(archive), archive.compressed)
  } catch (error) {
    if (error instanceof StoreError) throw error
    const message = `The folder did not keep the archive of run ${archive.runId}: ${(error as Error)?.message}`
    throw new StoreError('UNAVAILABLE', message, { cause: error })
  }
}
