import { setImmediate } from 'node:timers/promises'
import { options as checkOptions, count } from './argument.ts'
import type { Bundle } from './bundle.ts'
import {
  ARCHIVED,
  archivedRuns,
  type Changed,
  type CopySide,
  changedRuns,
  isToldBy,
  pages,
} from './changed-runs.ts'
import { StoreError, type StoreErrorCode } from './error.ts'
import { continuesLog, type LogEntry } from './event.ts'
import { byWeight, logOf } from './log.ts'
import { type Recordable, recordTogether } from './record-together.ts'

/** Where to begin copying, and whom to tell of it. */
export interface CopyOptions {
  /** Position in the source's log behind which to begin, as an earlier copy gave it. By default the beginning. */
  readonly after?: number | undefined
  /** Rejects with its reason when it is aborted. What was recorded by then is whole runs. */
  readonly signal?: AbortSignal | undefined
  /** Is told how far the copy is, a few runs at a time. */
  readonly progress?: ((runs: CopyCounts) => void) | undefined
}

/** While nobody writes to the source, `read` is the sum of the others. */
export interface CopyCounts {
  readonly read: number
  /** Written whole. */
  readonly copied: number
  /** There with a shorter log, and brought up to the source: a run that goes on meanwhile may be so more than once. */
  readonly extended: number
  /** There already, as far as in the source or farther. */
  readonly skipped: number
  readonly refused: number
}

/** What copying came to. */
export interface Copied {
  readonly runs: CopyCounts
  readonly refusals: readonly CopyRefusal[]
  /** Position in the source's log up to which everything was copied or refused. */
  readonly position: number
}

/** A run that cannot be copied as it is, and why: the destination tells it otherwise, or the source cannot read it. */
export interface CopyRefusal {
  readonly runId: string
  readonly code: StoreErrorCode
  readonly message: string
}

/**
 * Copies every run, oldest first, with all it owns, and the runs that changed meanwhile again; archived runs last, which arrive
 * as they were before. It may be stopped at any point and started again: what is there already is compared by its log, or its
 * seal if it is archived, and not read. Memory stays flat.
 */
export async function copyStore(from: CopySide, to: CopySide, options: CopyOptions = {}): Promise<Copied> {
  const copy = copying(from, to, options)
  await copy.pass()
  return copy.result()
}

/** A copy under way, which goes on where it was each time. */
export interface Copying {
  /** Copies what the source's log tells from where the last pass ended up to its end. */
  pass(): Promise<void>
  result(): Copied
}

/** Runs whose progress is remembered. Of others the destination is asked. */
const REMEMBERED = 10_000

/** A copy that goes on, pass by pass, where it was. */
export function copying(from: CopySide, to: CopySide, options: CopyOptions): Copying {
  const { after = 0, signal, progress } = checkOptions(options, 'options')
  const counts = { read: 0, copied: 0, extended: 0, skipped: 0 }
  const refusals = new Map<string, CopyRefusal>()
  /** How far runs are known to be in the destination, and how far they will be when what is read was recorded. */
  const settled = new Map<string, Progress>()
  const underWay = new Map<string, Progress>()
  let archivesCounted = false
  let position = count(after, 'after')

  const countsNow = (): CopyCounts => ({ ...counts, refused: refusals.size })

  function settle({ runId, begunAt }: Changed, sequence: number): void {
    if (begunAt !== undefined) counts.read += 1
    // The next part of a run may be read while this one is recorded.
    if ((underWay.get(runId)?.sequence ?? 0) <= sequence) underWay.delete(runId)
    remember(runId, { begunAt: begunAt ?? settled.get(runId)?.begunAt, sequence })
  }

  function remember(runId: string, progress: Progress): void {
    const takesRoom = !settled.delete(runId) && settled.size >= REMEMBERED
    // Every pass meets all archived runs, in the same order: each would be forgotten just before it is met again.
    if (takesRoom && progress.begunAt === ARCHIVED) return
    if (takesRoom) settled.delete(settled.keys().next().value!)
    settled.set(runId, progress)
  }

  /** Remembers a run of which no retry would make more; the others go on. */
  function refuse(run: Changed, sequence: number, error: unknown): void {
    const refused = error instanceof StoreError && ['CONFLICT', 'INVALID', 'CORRUPT'].includes(error.code)
    if (!refused) throw error
    settle(run, sequence)
    refusals.set(run.runId, { runId: run.runId, code: error.code, message: error.message })
  }

  /** Compares logs, which is cheap, to know which bundles to read. */
  async function look(changed: Changed): Promise<Run | undefined> {
    const { runId, begunAt, sequence } = changed
    const remembered = underWay.get(runId) ?? settled.get(runId)
    // What begins at another place is another run, started after the one remembered was deleted.
    const known = begunAt === undefined || begunAt === remembered?.begunAt ? remembered : undefined
    if (known && known.sequence >= sequence) return undefined
    // What cannot be read there is refused with its reason when the logs are compared.
    if (changed.archived && (await isToldBy(to, changed.archived).catch(() => false))) {
      skipArchived(changed)
      return undefined
    }
    const logs = await bothLogs(changed)
    if (!logs) return undefined
    const [log, stored] = logs
    // A run may be deleted after its events were read.
    if (log.length === 0) return undefined
    if (continuesLog(stored, log)) {
      settle(changed, log.length)
      if (begunAt !== undefined) counts.skipped += 1
      return undefined
    }
    underWay.set(runId, { begunAt: begunAt ?? known?.begunAt, sequence: log.length })
    return { ...changed, log, isThere: stored.length > 0 || known !== undefined }
  }

  /** It was counted when a pass met it before, archived or not. */
  function skipArchived({ runId, sequence }: Changed): void {
    remember(runId, { begunAt: ARCHIVED, sequence })
    if (archivesCounted) return
    counts.read += 1
    counts.skipped += 1
  }

  /** Of an archived run, the log is in its archive, which may be damaged. */
  async function bothLogs(changed: Changed) {
    const { runId, sequence } = changed
    try {
      return await Promise.all([logOf(from, runId), logOf(to, runId)])
    } catch (error) {
      refuse(changed, sequence, error)
      return undefined
    }
  }

  async function load(run: Run): Promise<Loaded | undefined> {
    try {
      const bundle = await from.runs.bundle(run.runId)
      if (!bundle) return undefined
      underWay.set(run.runId, { ...underWay.get(run.runId), sequence: bundle.events.length })
      return { ...run, bundle }
    } catch (error) {
      refuse(run, run.log.length, error)
      return undefined
    }
  }

  /** The runs that the log tells of from here on, in the order in which it does, read and ready to be recorded. */
  async function* ready(): AsyncGenerator<{ readonly runs: readonly Loaded[]; readonly upTo?: number }> {
    const read = yield* toldBehind(position)
    for await (const archived of archivedRuns(from)) yield* loadedOf(archived)
    archivesCounted = true
    // What was put back before it was listed is in the log again, behind all that was read of it.
    yield* toldBehind(read)
  }

  /** Gives the position up to which it read. */
  async function* toldBehind(after: number) {
    let upTo = after
    for await (const events of pages(from, after)) {
      for (const changed of changedRuns(events)) yield* loadedOf(changed)
      upTo = events.at(-1)!.position
      yield { runs: [], upTo }
    }
    return upTo
  }

  async function* loadedOf(changed: readonly Changed[]) {
    const runs = await Promise.all(changed.map(look))
    for (const group of byWeight(runs.filter((run) => run !== undefined))) {
      const loaded = await Promise.all(group.map(load))
      yield { runs: loaded.filter((run) => run !== undefined) }
    }
  }

  async function record(run: Loaded): Promise<void> {
    const { runId, bundle, isThere } = run
    try {
      await to.runs.record(bundle)
      settle(run, bundle.events.length)
      counts[isThere ? 'extended' : 'copied'] += 1
      refusals.delete(runId)
    } catch (error) {
      refuse(run, run.log.length, error)
    }
  }

  return {
    async pass() {
      signal?.throwIfAborted()
      underWay.clear()
      for await (const { runs, upTo } of ahead(ready())) {
        await recordTogether(runs, record)
        position = upTo ?? position
        progress?.(countsNow())
        // Stores that answer at once would otherwise never let a signal through.
        await setImmediate()
        signal?.throwIfAborted()
      }
    },
    result: () => ({ runs: countsNow(), refusals: [...refusals.values()], position }),
  }
}

/** How far a run is known to be, and the position of its first event when that was seen. */
interface Progress {
  readonly sequence: number
  readonly begunAt?: number | undefined
}

interface Run extends Changed, Recordable {
  readonly log: readonly LogEntry[]
}

interface Loaded extends Run {
  readonly bundle: Bundle
}

/** Has the next item made while the last one is worked on. */
async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next()
  try {
    while (true) {
      const { done, value } = await next
      if (done) return
      next = items.next()
      next.catch(() => undefined)
      yield value
    }
  } finally {
    // Whoever stops early has an error of their own to tell, and must not leave reads behind.
    await next.catch(() => undefined)
  }
}
