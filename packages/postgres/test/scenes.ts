import { once } from 'node:events'
import type { ConsensusStore } from '@consensus-store/core'
import { postgresStore } from '../src/index.ts'

/** What a process of its own does with a store; whatever it says last goes to the one that started it. */
export const scenes = {
  /** Reads, writes and transactions, many at a time. */
  async busy(url: string) {
    const store = await postgresStore({ url, retryForMs: 60_000 })
    const failures: string[] = []
    const told = async (call: Promise<unknown>) => {
      await call.catch((error) => failures.push(`${error}`))
    }
    const agents = Array.from({ length: 20 }, (_, i) => `a${i}`)
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const runId = `r${i}`
        await told(start(store, runId))
        for (const name of agents) {
          const agentId = `${runId} ${name}`
          const spawn = { agentId, runId, agentName: name, phaseType: 'regular-stage' } as const
          if (i % 4 === 0) await told(repeated(() => store.transaction((tx) => tx.executions.spawn(spawn))))
          else await told(store.executions.spawn(spawn))
          await Promise.all([
            told(store.routes.find(agentId)),
            told(store.events.readAll({ limit: 10 })),
            told(store.runs.bundle(runId)),
          ])
        }
      }),
    )
    const { differences, runs } = await store.verify()
    const { items } = await store.executions.list({ limit: 1_000 })
    await store.close()
    return { failures, differences, runs, agents: items.length }
  },

  /** Has several idle connections, waits, and then does one thing. */
  async idle(url: string) {
    const store = await postgresStore({ url })
    await start(store, 'r1')
    const { promise: allOpen, resolve } = Promise.withResolvers<void>()
    let open = 0
    const waitForAll = () => {
      open += 1
      if (open === 8) resolve()
      return allOpen
    }
    await Promise.all(Array.from({ length: 8 }, () => store.transaction(waitForAll)))
    await once(process, 'message')
    const { items } = await store.runs.list()
    await store.close()
    return { runs: items.length }
  },

  async closing(url: string) {
    const store = await postgresStore({ url })
    await start(store, 'r1')
    await store.close()
    await store.close()
    return 'closed'
  },

  async 'closing while connecting'(url: string) {
    const store = await postgresStore({ url })
    const writes = Array.from({ length: 50 }, (_, i) => start(store, `r${i}`))
    await Promise.all([store.close(), store.close()])
    await Promise.all(writes)
    return 'closed'
  },

  async 'closing with calls under way'(url: string) {
    const store = await postgresStore({ url })
    const calls = [
      store.transaction(() => sleep(200)),
      store.runs.list(),
      store.events.readAll(),
      store.health(),
      start(store, 'r1'),
    ]
    await store.close()
    await Promise.all(calls)
    return 'closed'
  },

  async 'failing to open'(url: string) {
    const wrong = Object.assign(new URL(url), { password: 'wrong' }).href
    const nobody = Object.assign(new URL(url), { port: '1' }).href
    for (const url of [wrong, nobody]) await postgresStore({ url }).catch(() => undefined)
    return 'closed'
  },
}

const start = (store: ConsensusStore, id: string) => store.runs.start({ id, specId: 'S', stage: 'plan' })

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A transaction whose commit may or may not have happened is its caller's to repeat. */
async function repeated<T>(transaction: () => Promise<T>): Promise<T> {
  try {
    return await transaction()
  } catch (error) {
    if (!`${error}`.includes('nobody knows')) throw error
    return repeated(transaction)
  }
}

const [scene, url] = process.argv.slice(2)
process.send!(await scenes[scene as keyof typeof scenes](url!))
process.disconnect()
