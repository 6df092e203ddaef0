import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Depot } from './archiving.ts'
import { compareText } from './page.ts'
import type { DeletedRun, Run } from './run.ts'

/** What retention has to know of a run. */
export interface HeldRun extends Pick<Run, 'id' | 'specId' | 'stage' | 'pinned' | 'status' | 'startedAt'> {
  /** `undefined` when they cannot be read: nobody knows which rule is for it. */
  readonly labels: Run['labels'] | undefined
  /** As `endedAt` says. */
  readonly endedAt: Date | undefined
  /** Whether it has an execution that has not ended; of no account while it is running. */
  readonly inFlight: boolean
  readonly archived: boolean
  /** Of its responses, contents, markdown and metadata in UTF-8; of its archive when it is archived. */
  readonly bytes: number
  readonly lastSequence: number
  /** How many runs of its spec and stage began later, or have a greater id; counted as far as was asked for. */
  readonly newer: number
  /** As `versionOf` says: another one as soon as anything of the run has changed, or its id belongs to another. */
  readonly version: string
}

/** What a backend brings to retention. */
export interface Holdings {
  readonly depot: Depot
  /** Runs that began after one, oldest first and then by id; from the first one without one. Newer ones are counted up to a number. */
  runsAfter(key: HeldKey | undefined, limit: number, countNewer: number): Promise<readonly HeldRun[]>
  /** The run as it is now. */
  run(id: string): Promise<HeldRun | undefined>
  /** When the run began that started last, or the last event happened, whichever is later. */
  newestAt(): Promise<Date | undefined>
  /** Deletes those that still are of their version, in chunks between which writers have their turn, and gives each chunk. */
  delete(runs: readonly HeldRun[]): AsyncIterable<readonly DeletedRun[]>
}

/** Where a run stands in the order of retention. */
export type HeldKey = Pick<Run, 'startedAt' | 'id'>

/**
 * The order of retention. What began together mostly lies together, so runs that go in this order share the pages that are
 * written because of them.
 */
export const oldestFirst = (a: HeldKey, b: HeldKey): number =>
  a.startedAt.getTime() - b.startedAt.getTime() || compareText(a.id, b.id)

/** Few enough to be read while others wait. */
const RUNS_TOGETHER = 200

/**
 * Every run there is, in the order of retention, as it was shortly before its turn came: while one page is worked on, the next is
 * read. Whoever waits for anything else has a turn between two pages, and who aborts is heard there.
 */
export async function* heldRuns(
  { runsAfter }: Holdings,
  countNewer: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly HeldRun[]> {
  const read = (key: HeldKey | undefined) => {
    const page = runsAfter(key, RUNS_TOGETHER, countNewer)
    // Whoever stops before it is wanted does not hear of it.
    page.catch(() => undefined)
    return page
  }
  for (let next: ReturnType<typeof read> | undefined = read(undefined); next; ) {
    const page: readonly HeldRun[] = await next
    next = page.length === RUNS_TOGETHER ? read(page.at(-1)) : undefined
    // A database in this process answers without one.
    await nextTurn()
    signal?.throwIfAborted()
    if (page.length > 0) yield page
  }
}
