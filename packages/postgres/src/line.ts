import pg from 'pg'
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
  close(): Promise<void>
}

/** `onLost` is told once, when the server or the network ended the connection. */
export async function connect(config: pg.ClientConfig, onLost: () => void): Promise<Line> {
  const client = new pg.Client({ ...config, pipeline: true, types: parsers } as pg.ClientConfig)
  let load = 0
  let alive = true

  const lost = () => {
    if (!alive) return
    alive = false
    onLost()
  }
  // Without a listener the error of an idle connection would end the process.
  client.on('error', lost)
  client.on('end', lost)
  await client.connect()

  return {
    get load() {
      return load
    },
    get alive() {
      return alive
    },
    async send(query) {
      load += 1
      try {
        return await client.query(query as pg.QueryConfig)
      } finally {
        load -= 1
      }
    },
    async close() {
      alive = false
      await client.end()
    },
  }
}
