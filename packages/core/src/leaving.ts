import type { Run } from './run.ts'

/** What keeps a run from being archived or deleted, whoever asks for it; `undefined` when it may leave. */
export type StayingReason = 'running' | 'in flight' | 'pinned'

/** Why a run may not leave the tables now. `inFlight` is whether an execution of it has not ended. */
export function whyItStays(
  { status, pinned }: Pick<Run, 'status' | 'pinned'>,
  inFlight: boolean,
): StayingReason | undefined {
  if (status === 'running') return 'running'
  if (inFlight) return 'in flight'
  return pinned ? 'pinned' : undefined
}

/**
 * When a run ended, as all that counts ages has it: at its conclusion, or at its last event when it was abandoned. A clock that
 * had jumped back by then makes it no older than its beginning. `undefined` while it is running, or when its log has lost the end.
 */
export function endedAt(
  { status, startedAt, concludedAt }: Pick<Run, 'status' | 'startedAt' | 'concludedAt'>,
  lastEventAt: Date | undefined,
): Date | undefined {
  if (status === 'running') return undefined
  const said = concludedAt ?? lastEventAt
  return said && said < startedAt ? startedAt : said
}

/**
 * What tells a run from all it has been and will be: the position of its last event, which is never taken again; of an archived
 * one the checksum of its archive.
 */
export const versionOf = (run: { readonly position: number } | { readonly checksum: string }): string =>
  'checksum' in run ? run.checksum : String(run.position)
