import { constants } from 'node:os'
import { systemEnv } from '@consensus-store/core'
import { INTERRUPTED, main } from './main.ts'

/** Runs this process's command line. A first signal ends it in order, a second one at once. */
export async function runProcess(): Promise<void> {
  const stop = new AbortController()
  let signalled: NodeJS.Signals | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      signalled ??= signal
      stop.abort()
    })
  }

  const code = await main(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    script: process.argv[1],
    cwd: process.cwd(),
    signal: stop.signal,
    clock: systemEnv,
  })

  // An interrupted verb may still wait for something that never comes, such as its standard input.
  if (signalled) process.exit(code === INTERRUPTED ? 128 + constants.signals[signalled] : code)
  process.exitCode = code
}
