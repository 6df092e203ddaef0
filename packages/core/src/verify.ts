import { MAX_LIMIT } from './argument.ts'
import { differencesOf, encodeBundle, type RowDifference } from './bundle.ts'
import { notFound, StoreError } from './error.ts'
import { fold } from './history.ts'
import type { Nouns } from './store.ts'

export interface Verification {
  readonly runs: number
  readonly events: number
  /** Empty when every row and body is what the logs say. */
  readonly differences: readonly Difference[]
}

export interface Difference extends RowDifference {
  readonly runId: string
}

/**
 * Verifies one run, or all of them a page at a time. Each run is read as of one moment, so writers need not stop; one that
 * is deleted before its turn is passed over. NOT_FOUND when the run asked for is not there.
 */
export async function verifyRuns(nouns: Pick<Nouns, 'runs'>, runId?: string): Promise<Verification> {
  const found = { runs: 0, events: 0, differences: [] as Difference[] }
  for await (const id of runId === undefined ? runIds(nouns) : [runId]) {
    const verified = await verifyRun(nouns, id)
    if (!verified && runId !== undefined) throw notFound('run', runId)
    if (!verified) continue
    const { events, differences } = verified
    found.runs += 1
    found.events += events
    found.differences.push(...differences)
  }
  return found
}

/** The ids of all runs that existed when the walk began, newest first. */
export async function* runIds({ runs }: Pick<Nouns, 'runs'>): AsyncGenerator<string> {
  let cursor: string | undefined
  do {
    const page = await runs.list({ limit: MAX_LIMIT, cursor })
    for (const { id } of page.items) yield id
    cursor = page.next
  } while (cursor)
}

async function verifyRun({ runs }: Pick<Nouns, 'runs'>, runId: string) {
  try {
    const bundle = await runs.bundle(runId)
    if (!bundle) return undefined
    const rows = differencesOf(encodeBundle(bundle), fold(runId, bundle.events))
    return { events: bundle.events.length, differences: rows.map((row) => ({ runId, ...row })) }
  } catch (error) {
    // A log that cannot be folded, or a row that cannot be read, is what verifying is there to report.
    if (!(error instanceof StoreError) || !['CORRUPT', 'INVALID'].includes(error.code)) throw error
    return { events: 0, differences: [{ runId, subject: 'log', message: error.message }] }
  }
}
