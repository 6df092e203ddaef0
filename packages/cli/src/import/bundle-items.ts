import type { Bundle, LogEntry } from '@consensus-store/core'
import type { Kind } from './unit.ts'

/** Something a run owns. */
export interface OwnedItem {
  readonly kind: Kind
  /** Its kind and id, as in `artifacts art-1`. */
  readonly name: string
}

/** What a bundle owns, though it may not be one. */
export function ownedItems({ artifacts, syntheses, executions }: Bundle): readonly OwnedItem[] {
  const list = <T extends object>(items: readonly T[], kind: Kind, idOf: (item: T) => string): OwnedItem[] =>
    Array.isArray(items) ? items.map((item) => ({ kind, name: `${kind} ${idOf(item ?? {})}` })) : []
  return [
    ...list(artifacts, 'artifacts', ({ id }) => id),
    ...list(syntheses, 'syntheses', ({ id }) => id),
    ...list(executions, 'executions', ({ agentId }) => agentId),
  ]
}

/** The names of what a stretch of a log tells of. */
export function toldItems(log: readonly LogEntry[]): ReadonlySet<string> {
  const told = new Set<string>()
  for (const { data } of log) {
    if ('artifactId' in data) told.add(`artifacts ${data.artifactId}`)
    else if ('synthesisId' in data) told.add(`syntheses ${data.synthesisId}`)
    else if ('agentId' in data) told.add(`executions ${data.agentId}`)
  }
  return told
}
