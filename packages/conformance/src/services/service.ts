/** Where a service came from: a URL the environment names, a container, or a process of this machine. */
export type Way = 'environment' | 'docker' | 'local'

/** Which server a test needs. */
export interface ServiceOptions {
  /** The ways that may be taken, tried in the order environment, docker, local. By default all of them. */
  readonly ways?: readonly Way[] | undefined
  /** A server that nobody else uses, so that its caller may `crash` it. The environment cannot give one. */
  readonly own?: boolean | undefined
  /** Whether the server flushes to disk before it acknowledges, as in production. By default false: it costs time. */
  readonly durable?: boolean | undefined
}

/** A running server for tests. Disposing of it is `stop`. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly took: Way
  /** What the server is and where it came from, for people. */
  readonly describe: string
  /** What its only user may do to it. Present when it was asked for with `own`. */
  readonly power: Power | undefined
  /** An empty database of its own for one suite. */
  database(): Promise<Database>
  /** Ends this use of the server, and the server with it if it was started for this process. */
  stop(): Promise<void>
}

/** What may be done to a server that nobody else uses. */
export interface Power {
  /** Kills the server as an accident would. Its data stays. */
  crash(): Promise<void>
  /** Starts it again after a crash, at the same URL on the same data, and resolves when it answers. */
  restart(): Promise<void>
}

/** An empty database for one test or suite. */
export interface Database extends AsyncDisposable {
  readonly url: string
  /** Removes the database with all that is in it, whoever is connected. Disposing of it does the same. */
  drop(): Promise<void>
}
