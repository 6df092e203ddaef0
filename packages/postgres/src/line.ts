import { Socket } from 'node:net'
import pg from 'pg'
import { batch } from './batch.ts'
import { parsers } from './parsers.ts'

/** A statement as it goes over the wire. With a name the server parses it once per connection. */
export interface Query {
  readonly text: string
  readonly name?: string | undefined
  readonly values?: unknown[]
}

export interface Answer {
  readonly command: string
  readonly rows: readonly unknown[]
}

/** One pipelined connection: what is sent does not wait for what was sent before. */
export interface Line {
  /** How many answers are still to come. */
  readonly load: number
  readonly alive: boolean
  send(query: Query): Promise<Answer>
  /** The answers to all of them, in one round trip. When one fails, none behind it happens. */
  sendAll(queries: readonly Query[]): Promise<Answer[]>
  /** Leaves the transaction it is in, if any. A line on which not even that succeeds is closed. */
  rollBack(): Promise<void>
  /** Says goodbye when everything is answered, and does not wait for long until that is heard. */
  close(): Promise<void>
}

export interface LineConfig extends pg.ClientConfig {
  /** Whether statements are prepared, and so planned before it is known how large their tables will be. */
  readonly keepsPlans?: boolean
}

/**
 * A plan that reads a whole table is best while the table is small, and kept when it no longer is. Every statement here
 * has an index; and compiling none of them pays for itself.
 */
const BY_INDEX = 'set enable_seqscan = off; set jit = off'

/**
 * `onLost` is told once, when the server or the network ended a connection that was made; `onNotified` of everything that is
 * heard on a channel it listens to.
 */
export async function connect(
  { keepsPlans, ...config }: LineConfig,
  onLost: () => void,
  onNotified: () => void = () => {},
): Promise<Line> {
  const socket = new Socket()
  const client = new pg.Client({
    ...config,
    pipeline: true,
    types: parsers,
    stream: () => socket,
  } as pg.ClientConfig)
  let load = 0
  let alive = false

  const lost = () => {
    if (!alive) return
    alive = false
    onLost()
  }
  // Without a listener the error of an idle connection would end the process.
  client.on('error', lost)
  client.on('end', lost)
  client.on('notification', onNotified)
  let dateStyle = ''
  connectionOf(client).on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'DateStyle') dateStyle = parameterValue
  })
  try {
    await client.connect()
    // pg reads no other, and a database or a user may prefer one.
    if (!dateStyle.startsWith('ISO')) await client.query("set datestyle = 'ISO'")
    if (keepsPlans) await client.query(BY_INDEX)
    alive = true
  } catch (error) {
    socket.destroy()
    throw error
  }

  async function send(query: Query): Promise<Answer> {
    load += 1
    try {
      return await client.query(query as pg.QueryConfig)
    } finally {
      load -= 1
    }
  }

  async function close(): Promise<void> {
    lost()
    const timer = setTimeout(() => socket.destroy(), config.connectionTimeoutMillis)
    await client.end()
    clearTimeout(timer)
  }

  return {
    get load() {
      return load
    },
    get alive() {
      return alive
    },
    send,
    async sendAll(queries) {
      const { query, answers } = batch(queries)
      load += 1
      try {
        client.query(query as pg.Submittable)
        return await answers
      } finally {
        load -= 1
      }
    },
    async rollBack() {
      if (alive && client.getTransactionStatus() !== 'I') await send({ text: 'rollback' }).catch(close)
    },
    close,
  }
}

/** What the types of pg do not tell of its client. */
const connectionOf = (client: pg.Client) =>
  (
    client as unknown as {
      readonly connection: NodeJS.EventEmitter<{
        parameterStatus: [{ readonly parameterName: string; readonly parameterValue: string }]
      }>
    }
  ).connection
