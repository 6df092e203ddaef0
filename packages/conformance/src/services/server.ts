import type { Power } from './service.ts'

/** A server that was started here, in the hands of its keeper. */
export interface Server extends Power {
  readonly url: string
  readonly describe: string
  /** Ends the server and removes its data. */
  end(): Promise<void>
}

export interface ServerOptions {
  readonly durable: boolean
}

export type StartServer = (options: ServerOptions) => Promise<Server>
