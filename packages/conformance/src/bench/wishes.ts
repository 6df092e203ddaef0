import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

/** What the command line of a benchmark asks for. */
export interface Wishes {
  /** Only trials whose title holds this. */
  readonly only: string | undefined
  /** Where the report goes as JSON, beside being printed. */
  readonly json: string | undefined
  /** Every trial once, to see that it works; what it prints says nothing of speed. */
  readonly once: boolean
}

/** Reads `[--only <name>] [--json <file>] [--once]`. UsageError on anything else. */
export function wishes(words: readonly string[]): Wishes {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { only: { type: 'string' }, json: { type: 'string' }, once: { type: 'boolean' } },
    })
    return { only: values.only, json: values.json, once: values.once ?? false }
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`, { cause: error })
  }
}

const USAGE = 'Usage: bench [--only <part of a title>] [--json <file>] [--once]'
