import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { stringifyBundle } from './bundle.ts'
import { compareText } from './page.ts'
import { runIds } from './run-ids.ts'
import type { Nouns } from './store.ts'

type Source = Pick<Nouns, 'runs'>

/** What an export came to. */
export interface ExportSum {
  readonly runs: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
}

/** How long to export, and whom to tell of it. */
export interface ExportOptions {
  readonly signal?: AbortSignal | undefined
  /** Is told how much is done, from 0 to 1. */
  readonly progress?: ((share: number) => void) | undefined
}

/**
 * Every run there was when it began, as a line of text each, in the order of their ids by code point; a run that is deleted
 * meanwhile is left out. One run in memory at a time, and every id.
 */
export async function* exportLines(store: Source, { signal, progress }: ExportOptions = {}) {
  const ids: string[] = []
  for await (const id of runIds(store)) ids.push(id)
  for (const [i, id] of ids.sort(compareText).entries()) {
    signal?.throwIfAborted()
    const bundle = await store.runs.bundle(id)
    if (bundle) yield `${stringifyBundle(bundle)}\n`
    progress?.((i + 1) / ids.length)
    // Stores that answer at once would otherwise never let anybody else through.
    if (i % 16 === 15) await nextTurn()
  }
}

/** Sums up lines of an export as they pass. */
export function exportSum() {
  const hash = createHash('sha256')
  let runs = 0
  return {
    add(line: string | Uint8Array) {
      runs += 1
      hash.update(line)
    },
    sum: (): ExportSum => ({ runs, digest: `sha256:${hash.digest('hex')}` }),
  }
}

/** The digest of all that a store exports: the same for the same history on every backend. */
export async function exportDigest(store: Source, options?: ExportOptions): Promise<ExportSum> {
  const { add, sum } = exportSum()
  for await (const line of exportLines(store, options)) add(line)
  return sum()
}
