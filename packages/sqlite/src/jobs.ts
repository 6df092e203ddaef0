import Database from 'better-sqlite3'
import { checkpoint, truncateLog } from './log.ts'
import { doneInTime, whenFree } from './waiting.ts'

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
      await whenFree(() => database.exec('vacuum'), busyTimeoutMs)
      checkpoint(database)
      await doneInTime(async () => truncateLog(database), busyTimeoutMs)
    } finally {
      database.close()
    }
  },

  /** Copies what the log holds into the file, as far as nobody who reads keeps it from that. */
  async checkpoint({ path }: FileInput): Promise<void> {
    const database = connect(path)
    try {
      checkpoint(database)
    } finally {
      database.close()
    }
  },
} satisfies Record<string, (input: never, progress: (share: number) => void) => Promise<unknown>>

export type JobName = keyof typeof jobs
export type JobInput<J extends JobName> = Parameters<(typeof jobs)[J]>[0]
export type JobOutcome<J extends JobName> = Awaited<ReturnType<(typeof jobs)[J]>>

const connect = (path: string) => new Database(path, { fileMustExist: true, timeout: 0 })
