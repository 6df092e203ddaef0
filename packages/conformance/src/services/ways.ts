import type { Server, ServerOptions, StartServer } from './server.ts'
import type { Way } from './service.ts'

/** A way to have a server started, and what to do where it is missing. */
export interface WayToStart {
  readonly way: Exclude<Way, 'environment'>
  readonly start: StartServer
}

export interface Started {
  readonly server: Server
  readonly took: Way
  /** Why the ways before it were not taken, one sentence each. */
  readonly missed: readonly string[]
}

/** Takes the first way that leads to a server. Throws with every reason when none does. */
export async function startFirst(
  known: readonly WayToStart[],
  ways: readonly Way[],
  options: ServerOptions,
): Promise<Started> {
  const missed: string[] = []
  for (const { way, start } of known.filter(({ way }) => ways.includes(way))) {
    try {
      return { server: await start(options), took: way, missed }
    } catch (error) {
      missed.push(`${way}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(missed.join('\n'))
}
