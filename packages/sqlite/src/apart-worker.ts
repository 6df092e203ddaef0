import { parentPort, workerData } from 'node:worker_threads'
import { StoreError } from '@consensus-store/core'
import type { Told } from './apart.ts'
import { classifyFile } from './errors.ts'
import { type JobInput, type JobName, jobs } from './jobs.ts'

const { job, input } = workerData as { job: JobName; input: JobInput<JobName> }
const tell = (message: Told<JobName>) => parentPort!.postMessage(message)

try {
  const work = jobs[job] as (input: JobInput<JobName>, progress: (share: number) => void) => Promise<never>
  tell({ type: 'done', outcome: await work(input, (share) => tell({ type: 'progress', share })) })
} catch (error) {
  // An error loses its class on the way.
  const code = classifyFile(error)
  const { message } = error as Error
  const named = error instanceof StoreError ? message : `Trying to ${job} ${input.path} failed: ${message}`
  tell({ type: 'failed', code, message: named })
}
