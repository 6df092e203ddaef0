import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckedReclaim, Reclaimed } from '@consensus-store/core'
import type { Database } from 'better-sqlite3'
import { apart } from './apart.ts'
import { fileBytes, storeBytes } from './file-bytes.ts'
import { checkpoint, PAGES_BEFORE_CHECKPOINT, truncateLog } from './log.ts'
import { missingRoom, noRoom } from './room.ts'
import { doneInTime } from './waiting.ts'
import type { Writer } from './writer.ts'

/** Milliseconds of a turn that give pages back: a commit comes on top. */
const SLICE_MS = 5
/** Pages of a turn at most: its commit writes what they moved, which is not known before. */
const SLICE_PAGES = 512
/** Pages between two looks at the clock. */
const PAGES_TOGETHER = 16
/** Share of a file that must be free for converting it to be worthwhile. */
const WORTHWHILE = 0.25
/** Milliseconds between two turns, in which whoever waits for the lock in another process may find it free. */
const OTHERS_MS = 2
/** A log that is larger takes the event loop too long to copy. */
const LARGE_LOG_BYTES = 4 * 1024 * 1024

export interface ReclaimingOptions {
  readonly path: string
  readonly writer: Writer
  readonly busyTimeoutMs: number
}

/**
 * Gives free pages back to the file system, a few at a time between the writes of others, and cuts the log off before and
 * after: only then does the file shrink. Who reads or writes in other processes may keep the log from that; it is waited for
 * as long as for any lock.
 */
export async function reclaimFile(
  { path, writer, busyTimeoutMs }: ReclaimingOptions,
  { convert, signal, progress }: CheckedReclaim,
): Promise<Reclaimed> {
  const before = storeBytes(path)
  let told = 0

  /** What left the free list is in the file until the log is cut off, and goes on being so while somebody reads. */
  function tell(): void {
    told = Math.max(told, before - storeBytes(path))
    progress(told)
  }

  async function cutLog(): Promise<void> {
    if (fileBytes(`${path}-wal`) > LARGE_LOG_BYTES) await apart('checkpoint', { path })
    await doneInTime(
      () =>
        writer.undisturbed(({ database }) => {
          checkpoint(database)
          return truncateLog(database)
        }),
      busyTimeoutMs,
    )
  }

  await cutLog()
  signal?.throwIfAborted()
  const space = await writer.undisturbed(({ database }) => spaceIn(database))
  const converted = !space.givesBack && (await isToBeConverted(path, space, convert))
  if (converted) {
    signal?.throwIfAborted()
    await writer.undisturbed(() => apart('convert', { path, busyTimeoutMs }))
  } else if (space.givesBack) {
    // A thread takes longer to start than few pages take.
    const thread = space.free > PAGES_BEFORE_CHECKPOINT
    await whileCheckpointing(thread ? path : undefined, writer, async () => {
      let [given, left] = [0, space.free]
      // Others may take pages, or free them as fast as they are given back: what is free later is for later.
      while (left > 0 && given < space.free) {
        signal?.throwIfAborted()
        const turn = await writer.exclusively(async ({ database }) => giveBack(database))
        given += turn.given
        left = turn.left
        tell()
        await sleep(OTHERS_MS)
      }
    })
  }
  signal?.throwIfAborted()
  await cutLog()
  tell()
  const unconverted = space.givesBack || converted ? 0 : space.free * space.pageBytes
  return { before, after: storeBytes(path), converted, unconverted }
}

interface Space {
  /** Whether pages can be given back without writing the whole file anew. */
  readonly givesBack: boolean
  readonly pages: number
  readonly free: number
  readonly pageBytes: number
}

function spaceIn(database: Database): Space {
  const read = (pragma: string) => database.pragma(pragma, { simple: true }) as number
  return {
    pages: read('page_count'),
    free: read('freelist_count'),
    pageBytes: read('page_size'),
    // Last, because it is known by the transaction before it.
    givesBack: read('auto_vacuum') !== 0,
  }
}

async function isToBeConverted(
  path: string,
  { pages, free, pageBytes }: Space,
  convert: CheckedReclaim['convert'],
): Promise<boolean> {
  if (convert === 'never' || (convert === 'when worthwhile' && free < WORTHWHILE * pages)) return false
  const missing = await missingRoom(path, (pages - free) * pageBytes)
  if (missing !== undefined && convert === 'always') throw noRoom(path, missing)
  return missing === undefined
}

/**
 * Has the log copied into the file by a thread of its own meanwhile: a commit that finds it long would do so before it returns, and
 * a disk that is busy takes long. Without a path nobody does.
 */
async function whileCheckpointing(
  path: string | undefined,
  writer: Writer,
  work: () => Promise<void>,
): Promise<void> {
  const enough = new AbortController()
  // Should it fail, the log is longer in the end, and cut off all the same.
  const ended =
    path && apart('keep checkpointing', { path }, { signal: enough.signal }).catch(() => undefined)
  try {
    await work()
  } finally {
    enough.abort()
    await ended
    await writer.undisturbed(({ database }) => {
      database.pragma(`wal_autocheckpoint = ${PAGES_BEFORE_CHECKPOINT}`)
    })
  }
}

/** Gives some pages back, at least one, within a transaction, and says how many, and how many are left. */
function giveBack(database: Database): { readonly given: number; readonly left: number } {
  const read = (pragma: string) => database.pragma(pragma, { simple: true }) as number
  database.pragma('wal_autocheckpoint = 0')
  const before = read('page_count')
  const until = performance.now() + SLICE_MS
  let pages = 0
  do {
    // Not `exec`, nor `run`: each step of the statement is one page, and they take one step.
    database.pragma(`incremental_vacuum(${PAGES_TOGETHER})`)
    pages += PAGES_TOGETHER
  } while (pages < SLICE_PAGES && performance.now() < until)
  return { given: before - read('page_count'), left: read('freelist_count') }
}
