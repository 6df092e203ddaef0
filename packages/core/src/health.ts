import type { Chore } from './chore.ts'
import type { RetentionPolicy } from './retention.ts'

/** How a store is doing. `ok` is false when a finding is an error; `findings` come in the order in which to see to them. */
export interface Health {
  readonly ok: boolean
  readonly store: string
  /** Milliseconds the database took to answer the first question. */
  readonly latencyMs: number
  readonly findings: readonly Finding[]
  /** As they were asked for, and as they are. */
  readonly settings: readonly Setting[]
  /** `undefined`, and so the others, when it could not be read: then a finding says why. */
  readonly rows: Rows | undefined
  readonly space: Space | undefined
  /** When the run began that is the oldest one there is. */
  readonly oldestRunAt: Date | undefined
  /**
   * Runs that are older than their policy allows and could be archived or deleted now. `undefined` also when so many runs stay
   * on purpose that those were not found within milliseconds.
   */
  readonly overdue: Count | undefined
  /** Executions that have been out for too long. */
  readonly stale: Count | undefined
  /** What keeps the store well, who is at it, and what came of it last. */
  readonly chores: readonly Chore[]
  /** What else the backend knows of itself: sizes in bytes, versions, connections. */
  readonly details: Readonly<Record<string, string | number | boolean>>
}

/** Something to do: what is so, and what to do about it. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** What it is about, as in `auto_vacuum`. */
  readonly subject: string
  readonly message: string
  /** What to do; a command in it is written `consensus <verb> …`. */
  readonly remedy: string
}

/** A setting of the database, as it was asked for and as it is. */
export interface Setting {
  readonly name: string
  readonly wanted: string | number
  readonly actual: string | number
  /** How bad it is when it was not taken. By default a warning. */
  readonly severity?: Finding['severity']
  /** What to do when it was not taken. */
  readonly remedy?: string
}

/** What health counts the rows of. */
export const COUNTED_NOUNS = ['runs', 'executions', 'artifacts', 'syntheses', 'events', 'archives'] as const

/** Rows of each noun. `runs` are those that are not archived. */
export type Rows = Readonly<Record<(typeof COUNTED_NOUNS)[number], Count>>

/** A number of rows that was counted to the end, or as far as is worth it, or estimated from a sample. */
export interface Count {
  readonly count: number
  readonly precision: 'exact' | 'at least' | 'estimated'
}

/** In bytes, as the file system or the server tells them. */
export interface Space {
  /** All that the store takes, with what is free in it. */
  readonly bytes: number
  /** Within these, what is free to be used again. `undefined` where the backend cannot tell. */
  readonly freeBytes: number | undefined
  /** The log of commits that are not in the main file yet; 0 where there is no such file. */
  readonly walBytes: number
  /** What the disk still has room for. `undefined` where the backend cannot tell. */
  readonly roomBytes: number | undefined
}

/** What counts as something to do. */
export interface HealthOptions {
  /**
   * How long runs are to stay; a size budget is not looked at. By default as the policy says by which retention was done last,
   * which its chore keeps, and as the default policy says where it never was.
   */
  readonly policy?: RetentionPolicy | undefined
  /** Milliseconds after which an execution that has not ended is stale. By default an hour. */
  readonly staleAfterMs?: number | undefined
  /** Milliseconds in which the database is to answer. By default 250. */
  readonly latencyMs?: number | undefined
  /** Part of the store's bytes that may be free, from 0 to 1. By default 0.25; less than 16 MiB are never too much. */
  readonly freeShare?: number | undefined
  /** Bytes that the log of commits may take. By default 256 MiB. */
  readonly walBytes?: number | undefined
  /** Bytes that the disk is to have room for. By default 256 MiB. */
  readonly roomBytes?: number | undefined
  /**
   * Milliseconds after which there has to be another backup. By default seven days, counted from the last one whose outcome was
   * kept as a chore; of a store that never had one it is asked only when this is given.
   */
  readonly backupAgeMs?: number | undefined
}
