import { setTimeout } from 'node:timers/promises'
import type { ConsensusStore } from '@consensus-store/core'
import type { Command, Context, OpenOptions, Outcome } from './command.ts'
import type { Interruption } from './interruption.ts'
import { invocation } from './invocation.ts'
import type { IO } from './io.ts'
import { backends, DEFAULT_STORE, openStore, storeExists } from './open-store.ts'
import type { Output } from './output.ts'
import { type CommandLine, commonOptions } from './parse.ts'
import { met, notOpened, typeable } from './remedy.ts'
import { withCacheAt } from './routing-cache.ts'

/** How long an interrupted verb may take to clean up behind itself. */
const GRACE_MS = 2_000

/** Runs a verb and closes the store it opened, however it ends. Rejects as soon as the user interrupts it. */
export async function runCommand(
  declaration: Command,
  line: CommandLine,
  io: IO,
  output: Output,
  interruption: Interruption,
): Promise<Outcome> {
  const storeUrl = line.store ?? declaration.defaultStore ?? (io.env.CONSENSUS_STORE || DEFAULT_STORE)
  const cacheUrl =
    line.cache ?? commonOptions.cache.parse(io.env.CONSENSUS_CACHE || undefined, 'CONSENSUS_CACHE')
  const stores = new Map<string, Promise<ConsensusStore>>()
  const context: Context = {
    ...output,
    io,
    storeUrl,
    invocation: invocation(io),
    json: line.json,
    open({ url = storeUrl, ...options } = {}) {
      // What is opened after an interruption would be closed by nobody.
      if (interruption.signal.aborted) return Promise.reject(interruption.signal.reason)
      const store =
        stores.get(url) ??
        open(url, cacheUrl, io, options).catch((error: unknown) => {
          throw notOpened(error, url)
        })
      stores.set(url, store)
      return store
    },
    takeInterruptions: interruption.ignore,
    typeable: (text) => typeable(text, io, storeUrl),
  }

  const running = declaration.run(context, line.args as never, line.options as never)
  try {
    return await Promise.race([running, interruption.happened])
  } catch (error) {
    throw met(error, [storeUrl, ...stores.keys()], declaration.remedies)
  } finally {
    interruption.ignore()
    await Promise.all([...stores.values()].map(closed))
    // After an interruption the verb ends by itself at its next step, because the store it uses is closed.
    await settled(running, GRACE_MS)
  }
}

async function open(
  url: string,
  cacheUrl: string | undefined,
  { backends: known = backends, cwd, clock }: IO,
  { missing = 'refuse', env = clock }: OpenOptions,
): Promise<ConsensusStore> {
  if (missing === 'pretend' && !(await storeExists(url, { cwd, env })))
    return openStore('memory:', { create: true, cwd, env })
  const store = await openStore(url, { create: missing === 'create', cwd, env }, known)
  return cacheUrl === undefined ? store : withCacheAt(cacheUrl, store)
}

/** Whoever could not open a store was told so. */
const closed = (store: Promise<ConsensusStore>): Promise<void> =>
  store.then(
    (opened) => opened.close(),
    () => undefined,
  )

async function settled(running: Promise<unknown>, withinMs: number): Promise<void> {
  const timer = new AbortController()
  await Promise.race([
    running.catch(() => undefined),
    setTimeout(withinMs, undefined, { signal: timer.signal }).catch(() => undefined),
  ])
  timer.abort()
}
