import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, Demand, Order, StartedServer } from './keeper.ts'
import type { Member } from './server.ts'
import type { Power } from './service.ts'

/** A server in the hands of a process of its own, which ends it when this process lets go or dies. */
export interface Kept extends Omit<StartedServer, 'members'> {
  readonly power: Power
  readonly members: readonly Member[]
  /** Resolves when the server has ended and its data is gone. */
  release(): Promise<void>
}

/** Has a server started. Rejects with the reasons when it cannot be. */
export async function keep(demand: Demand): Promise<Kept> {
  // Detached, so that Ctrl-C at a terminal reaches the tests and not the server beneath them.
  const keeper = fork(keeperModule, [JSON.stringify(demand)], {
    detached: true,
    execArgv: [],
    stdio: 'ignore',
  })
  const started = await firstAnswer(keeper)
  // A test process that is done may end without having stopped its services.
  keeper.unref()
  keeper.channel?.unref()
  let orders = 0
  const order = async (verb: Order['verb'], member?: number) => {
    const id = ++orders
    const error = await exchange(keeper, { id, verb, member })
    if (error !== undefined) throw new Error(error)
  }
  const power = (member?: number): Power => ({
    crash: () => order('crash', member),
    restart: () => order('restart', member),
  })
  return {
    ...started,
    power: power(),
    members: started.members.map((url, i) => ({ url, ...power(i) })),
    async release() {
      if (keeper.exitCode !== null || !keeper.connected) return
      keeper.ref()
      const exit = once(keeper, 'exit')
      keeper.disconnect()
      await exit
    },
  }
}

/** Beside this module and of its kind: source in development, compiled when published. */
const keeperModule = fileURLToPath(new URL(`./keeper${extname(import.meta.url)}`, import.meta.url))

function firstAnswer(keeper: ChildProcess): Promise<StartedServer> {
  const { promise, resolve, reject } = Promise.withResolvers<StartedServer>()
  keeper.once('message', (answer: Answer) => {
    if ('started' in answer) resolve(answer.started)
    else reject(new Error('failed' in answer ? answer.failed : 'the keeper spoke out of turn'))
  })
  keeper.once('error', reject)
  keeper.once('exit', (code, signal) => reject(new Error(`its keeper ended with ${signal ?? code}`)))
  return promise
}

function exchange(keeper: ChildProcess, order: Order): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const hear = (answer: Answer) => {
    if ('id' in answer && answer.id === order.id) resolve(answer.error)
  }
  const gone = () => resolve('the keeper of the server is gone')
  keeper.channel?.ref()
  keeper.on('message', hear)
  keeper.once('exit', gone)
  keeper.send(order)
  return promise.finally(() => {
    keeper.off('message', hear)
    keeper.off('exit', gone)
    // Another member's order may be under way.
    if (keeper.listenerCount('message') === 0) keeper.channel?.unref()
  })
}
