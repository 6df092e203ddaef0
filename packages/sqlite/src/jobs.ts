import { setTimeout as sleep } from 'node:timers/promises'
import { type ExportSum, exportDigest, SQLITE_BACKUP_ID, StoreError } from '@consensus-store/core'
import Database from 'better-sqlite3'
import { checkpoint, truncateLog } from './log.ts'
import { doneInTime, whenFree } from './waiting.ts'

type Progress = (share: number) => void

interface FileInput {
  readonly path: string
  readonly busyTimeoutMs: number
}

/** What is done apart: input and outcome travel between threads, so they are plain. */
export const jobs = {
  /** Writes the whole file anew, so that it can give space back by itself from then on. Killed, it leaves the file as it was. */
  async convert({ path, busyTimeoutMs }: FileInput): Promise<void> {
    const database = connect(path)
    try {
      database.pragma('synchronous = full')
      database.pragma('auto_vacuum = incremental')
      try {
        await whenFree(() => database.exec('vacuum'), busyTimeoutMs)
      } finally {
        // As large as all that was written, be it in vain.
        checkpoint(database)
        await doneInTime(async () => truncateLog(database), busyTimeoutMs)
      }
    } finally {
      database.close()
    }
  },

  /** Copies what the log holds into the file, as far as nobody who reads keeps it from that. */
  async checkpoint({ path }: { path: string }): Promise<void> {
    const database = connect(path)
    try {
      checkpoint(database)
    } finally {
      database.close()
    }
  },

  /** Does so again and again until it is aborted. */
  async 'keep checkpointing'({ path }: { path: string }): Promise<void> {
    const database = connect(path)
    while (true) {
      checkpoint(database)
      await sleep(BETWEEN_CHECKPOINTS_MS)
    }
  },

  /** Copies the database to an empty file, as of one moment, checks the copy, and marks it as a backup. */
  async 'back up'({ path, to }: { path: string; to: string }, progress: Progress): Promise<ExportSum> {
    await copy(path, to, (share) => progress(share / 2))
    const sum = await check(to, (share) => progress((1 + share) / 2))
    markAsBackup(to)
    return sum
  },

  check: ({ path }: { path: string }, progress: Progress): Promise<ExportSum> => check(path, progress),
} satisfies Record<string, (input: never, progress: Progress) => Promise<unknown>>

export type JobName = keyof typeof jobs
export type JobInput<J extends JobName> = Parameters<(typeof jobs)[J]>[0]
export type JobOutcome<J extends JobName> = Awaited<ReturnType<(typeof jobs)[J]>>

/** A log that grows by some turns meanwhile is copied in less than that. */
const BETWEEN_CHECKPOINTS_MS = 20

/** Pages copied between two looks at whether to go on. */
const PAGES_TOGETHER = 1_000

async function copy(path: string, to: string, progress: Progress): Promise<void> {
  const database = connect(path)
  try {
    // Without it the copy would begin again whenever somebody else has written.
    database.exec('begin')
    database.pragma('schema_version')
    await database.backup(to, {
      progress({ totalPages, remainingPages }) {
        progress(1 - remainingPages / totalPages)
        return PAGES_TOGETHER
      },
    })
  } finally {
    database.close()
  }
}

/** Looks at every page of a database, and at every run and body of the store in it, and sums up what it exports. CORRUPT when anything is wrong. */
async function check(path: string, progress: Progress): Promise<ExportSum> {
  mustBeSound(path)
  // Not needed by the other jobs, and longer in loading than they take.
  const { sqliteStore } = await import('./store.ts')
  await using store = await sqliteStore({ path, create: false, mmapBytes: 0 })
  const [difference] = (await store.verify()).differences
  if (difference) {
    const { runId, subject, message } = difference
    throw damaged(path, `${runId === undefined ? '' : `run ${runId}: `}${subject} ${message}`)
  }
  return await exportDigest(store, { progress })
}

/** Without a log, so that who only reads it needs no other file, and leaves none. */
function markAsBackup(path: string): void {
  const database = connect(path)
  try {
    database.pragma('journal_mode = delete')
    database.pragma(`application_id = ${SQLITE_BACKUP_ID}`)
  } finally {
    database.close()
  }
}

function mustBeSound(path: string): void {
  const database = connect(path)
  try {
    const problem = database.pragma('integrity_check(1)', { simple: true }) as string
    if (problem !== 'ok') throw damaged(path, problem)
  } finally {
    database.close()
  }
}

const damaged = (path: string, why: string) => new StoreError('CORRUPT', `${path} is damaged: ${why}`)

const connect = (path: string) => new Database(path, { fileMustExist: true, timeout: 0 })
