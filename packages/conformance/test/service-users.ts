import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that has a service. */
export interface Started {
  readonly user: ChildProcess
  readonly url: string
  /** Of all its servers, where it has several. */
  readonly urls: readonly string[]
}

export async function started(service: string, way = 'local', own = ''): Promise<Started> {
  const script = fileURLToPath(new URL('service-user.ts', import.meta.url))
  const user = fork(script, [service, way, own], { execArgv: [], stdio: 'ignore' })
  const [{ url, urls = [url] }] = (await once(user, 'message')) as [{ url: string; urls?: string[] }]
  return { user, url, urls }
}

/** Ends it in one of the ways a process ends in. */
export async function ended(user: ChildProcess, ending: string): Promise<void> {
  const gone = once(user, 'exit')
  const signals: Record<string, NodeJS.Signals> = {
    'is killed': 'SIGKILL',
    'is interrupted': 'SIGINT',
  }
  const signal = signals[ending]
  if (signal) user.kill(signal)
  else user.send(ending)
  await gone
}

/** Whether what was asked of a server rejects. */
export const refused = (asked: Promise<unknown>): Promise<boolean> =>
  asked.then(
    () => false,
    () => true,
  )
