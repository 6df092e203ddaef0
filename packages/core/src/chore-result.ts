import { MAX_TEXT_LENGTH } from './argument.ts'
import type { Backup } from './backup.ts'
import type { ChoreSummary } from './chore.ts'
import { StoreError } from './error.ts'
import type { Reclaimed } from './reclaim.ts'
import type { RetentionOutcome, RetentionPolicy } from './retention.ts'

/** What came of a chore, without when that was. */
export interface ChoreResult {
  readonly ok: boolean
  readonly summary: ChoreSummary
}

/** What is kept of a backup. */
export const backupResult = ({ file, format, bytes, runs, digest }: Backup): ChoreResult => ({
  ok: true,
  summary: { file, format, bytes, runs, digest },
})

/** What is kept of retention. Not ok when there are runs that could not be taken; the first is named. */
export function retentionResult({ archived, deleted, failed }: RetentionOutcome): ChoreResult {
  const [first] = failed
  return {
    ok: !first,
    summary: {
      archived: archived.runs,
      'bytes archived': archived.bytes,
      deleted: deleted.runs,
      'bytes deleted': deleted.bytes,
      failed: failed.length,
      ...(first && { message: kept(`Run ${first.runId} stays as it is: ${first.code}: ${first.message}`) }),
    },
  }
}

/** What is kept of giving space back. */
export const reclaimResult = ({ before, after, converted, unconverted }: Reclaimed): ChoreResult => ({
  ok: true,
  summary: { before, after, converted, unconverted },
})

/** What is kept of what went wrong. */
export const failedResult = (error: unknown): ChoreResult => ({
  ok: false,
  summary: { message: messageOf(error) },
})

/** The policy that retention goes by, so that others can judge by it too. None when it is longer than a text may be. */
export function policyFact(policy: RetentionPolicy = {}): ChoreSummary {
  const json = JSON.stringify(policy)
  return json.length > MAX_TEXT_LENGTH ? {} : { policy: json }
}

/** Characters of a message that are kept. */
const MESSAGE_LENGTH = 4_000

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof StoreError ? `${error.code}: ` : ''
  return kept(`${code}${message}`)
}

const kept = (message: string) => message.slice(0, MESSAGE_LENGTH)
