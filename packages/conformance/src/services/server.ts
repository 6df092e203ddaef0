import type { Power } from './service.ts'

/** A server that was started here, in the hands of its keeper. */
export interface Server extends Power {
  readonly url: string
  readonly describe: string
  /** The processes it is made of, where there are several. `crash` and `restart` of the server are of all of them. */
  readonly members?: readonly Member[]
  /** Ends the server and removes its data. */
  end(): Promise<void>
}

export interface Member extends Power {
  readonly url: string
}

export interface ServerOptions {
  readonly durable: boolean
  /** How many replicas each master of a cluster has. */
  readonly replicas?: number | undefined
}

export type StartServer = (options: ServerOptions) => Promise<Server>
