import { deserialize, serialize } from 'node:v8'
import {
  arrivals,
  bell,
  type ConsensusStore,
  type Env,
  type Event,
  guard,
  type Nouns,
  systemEnv,
} from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { call, isRead, type MethodName } from '../../src/methods.ts'
import type { Medium } from './medium.ts'

/** A write as it was made, with what the clock said and the ids it was given: enough to make it again. */
interface Made {
  readonly method: MethodName
  readonly args: readonly unknown[]
  readonly instants: Date[]
  readonly ids: string[]
}

/**
 * The store in memory, with every commit written down as a line that is played again on opening, and whenever others
 * have written. Slow, and small enough to plant faults in: it is right as long as its medium is.
 */
export async function fileStore(medium: Medium, env: Env = systemEnv): Promise<ConsensusStore> {
  let replaying: Made | undefined
  let making: Made | undefined
  const memory = memoryStore({
    env: {
      now() {
        const now = replaying?.instants.shift() ?? env.now()
        making?.instants.push(now)
        return now
      },
      newId() {
        const id = replaying?.ids.shift() ?? env.newId()
        making?.ids.push(id)
        return id
      },
    },
  })

  let lastTurn: Promise<unknown> = Promise.resolve()
  let lastCatchUp: Promise<unknown> = Promise.resolve()
  let inTransaction = false

  /** Does `work` while nobody else writes, and when all they wrote is known. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(() =>
      medium.alone(async () => {
        await catchUp()
        return work()
      }),
    )
    lastTurn = turn.catch(() => undefined)
    return turn
  }

  function catchUp(): Promise<unknown> {
    lastCatchUp = lastCatchUp.then(async () => {
      for (const line of await medium.news()) {
        for (const made of deserialize(Buffer.from(line, 'base64')) as Made[]) await replay(made)
      }
    })
    return lastCatchUp
  }

  // Arguments are checked and time is taken before a call first waits, so nothing else can be asked in between.
  function replay(made: Made): Promise<unknown> {
    replaying = made
    const replayed = call(memory, made.method, made.args)
    replaying = undefined
    return replayed
  }

  async function make(nouns: Nouns, method: MethodName, args: readonly unknown[]) {
    const made: Made = { method, args, instants: [], ids: [] }
    making = made
    const given = call(nouns, method, args)
    making = undefined
    return { given: await given, made }
  }

  const commit = (writes: readonly Made[]) => medium.append([serialize(writes).toString('base64')])

  async function read(method: MethodName, args: readonly unknown[]): Promise<unknown> {
    if (!inTransaction) await catchUp()
    return call(memory, method, args)
  }

  async function write(method: MethodName, args: readonly unknown[]): Promise<unknown> {
    // A folder cannot be written down: it keeps an archive when it is made, and not when it is made again.
    const [kept, others] = method === 'archives.add' ? [args.slice(0, 1), args.slice(1)] : [args, []]
    const copy = structuredClone(kept)
    return alone(async () => {
      const { given, made } = await make(memory, method, [...copy, ...others])
      await commit([{ ...made, args: copy }])
      return given
    })
  }

  const transaction: ConsensusStore['transaction'] = (work) =>
    alone(async () => {
      inTransaction = true
      try {
        const writes: Made[] = []
        const result = await memory.transaction((tx) =>
          work(
            nouns(async (method, args) => {
              const { given, made } = await make(tx, method, structuredClone(args))
              if (!isRead(method)) writes.push(made)
              return given
            }),
          ),
        )
        await commit(writes)
        return result
      } finally {
        inTransaction = false
      }
    })

  /** Every noun with every method, each answered by `answer`. */
  const nouns = (answer: (method: MethodName, args: readonly unknown[]) => Promise<unknown>) =>
    Object.fromEntries(
      (
        [
          'runs',
          'executions',
          'routes',
          'artifacts',
          'syntheses',
          'events',
          'cursors',
          'snapshots',
          'archives',
          'retention',
          'chores',
        ] as const
      ).map((noun) => [
        noun,
        Object.fromEntries(
          Object.keys(memory[noun]).map((verb) => [
            verb,
            (...args: readonly unknown[]) => answer(`${noun}.${verb}` as MethodName, args),
          ]),
        ),
      ]),
    ) as unknown as Nouns

  const isBehind = async (after: number) =>
    ((await read('events.readAll', [{ after, limit: 1 }])) as readonly Event[]).length > 0

  const close = async () => {
    await lastTurn
    await memory.close()
  }
  await catchUp()
  return guard(
    {
      ...memory,
      ...nouns((method, args) => (isRead(method) ? read : write)(method, args)),
      name: 'file',
      supports: { durable: true, shared: true },
      transaction,
      identity: async () => medium.identity(),
      arrival: arrivals(isBehind, { bell: bell(), lookEveryMs: 10, attend: () => () => {} }),
      verify: async (runId) => {
        if (!inTransaction) await catchUp()
        return memory.verify(runId)
      },
      backup: async (file, options) => {
        await catchUp()
        return memory.backup(file, options)
      },
      close,
      [Symbol.asyncDispose]: close,
    },
    () => 'CORRUPT',
  )
}
