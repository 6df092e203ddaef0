import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreError, type StoreErrorCode } from '@consensus-store/core'
import type { JobInput, JobName, JobOutcome } from './jobs.ts'

/** What a job done apart tells. */
export type Told<J extends JobName> =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'done'; readonly outcome: JobOutcome<J> }
  | { readonly type: 'failed'; readonly code: StoreErrorCode; readonly message: string }

interface ApartOptions {
  readonly signal?: AbortSignal | undefined
  readonly progress?: ((share: number) => void) | undefined
}

/** This file is TypeScript in a checkout and JavaScript when published, and so is the worker beside it. */
const worker = new URL(`./apart-worker${extname(import.meta.url)}`, import.meta.url)

/**
 * Does what takes long in a thread and on a connection of its own, so that the event loop goes on. When it is aborted it ends
 * at its next step, and what it had open is closed by then.
 */
export async function apart<J extends JobName>(
  job: J,
  input: JobInput<J>,
  { signal, progress }: ApartOptions = {},
): Promise<JobOutcome<J>> {
  signal?.throwIfAborted()
  const thread = new Worker(worker, { workerData: { job, input }, execArgv: [] })
  const ended = once(thread, 'exit')
  const end = () => void thread.terminate()
  signal?.addEventListener('abort', end, { once: true })
  try {
    const { promise: told, resolve, reject } = Promise.withResolvers<JobOutcome<J>>()
    const report = (share: number) => {
      try {
        progress?.(share)
      } catch (error) {
        reject(error)
        end()
      }
    }
    thread.on('message', (message: Told<J>) => {
      if (message.type === 'progress') report(message.share)
      else if (message.type === 'done') resolve(message.outcome)
      else reject(new StoreError(message.code, message.message))
    })
    thread.on('error', (cause) => reject(endedEarly(job, cause)))
    thread.on('exit', () => reject(signal?.reason ?? endedEarly(job)))
    const outcome = await told
    // It may have been done when it was told to end.
    signal?.throwIfAborted()
    return outcome
  } finally {
    signal?.removeEventListener('abort', end)
    await ended.catch(() => undefined)
  }
}

/** It was ended from outside, had no memory left, or its file is not there. */
const endedEarly = (job: JobName, cause?: unknown) =>
  new StoreError('UNAVAILABLE', `The thread that was to ${job} ended before it was done`, { cause })
