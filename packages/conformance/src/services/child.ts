import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A process that was started and what it last said. */
export interface Child {
  /** Ends it by this signal; resolves when it is gone, at once if it was. */
  end(signal: NodeJS.Signals): Promise<void>
  /** Its last lines, for error messages. */
  said(): string
}

/** Starts a process and resolves when it has printed `ready`. Rejects with what it said when it ends instead. */
export async function startUntil(
  ready: string,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Child> {
  const { child, said } = start(command, args, options)
  const isReady = Promise.withResolvers<void>()
  const look = () => {
    if (said().includes(ready)) isReady.resolve()
  }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', look)
  await Promise.race([isReady.promise, ended(child, said)])
  for (const stream of [child.stdout, child.stderr]) stream?.off('data', look)
  return {
    said,
    async end(signal) {
      if (hasEnded(child)) return
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    },
  }
}

/** Runs a process to its end. Rejects with what it said when it fails. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<void> {
  const { child, said } = start(command, args, options)
  await once(child, 'close')
  if (child.exitCode !== 0) throw failure(child, said())
}

function start(command: string, args: readonly string[], options: SpawnOptions) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-8_192)
    })
  }
  return { child, said: () => text }
}

async function ended(child: ChildProcess, said: () => string): Promise<never> {
  await once(child, 'close')
  throw failure(child, said())
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

const failure = ({ spawnfile, exitCode, signalCode }: ChildProcess, said: string) =>
  new Error(`${spawnfile} ended with ${signalCode ?? exitCode}: ${said.trim()}`)
