import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { HOST, type HostAnswer } from './host-client.ts'
import type { Kept } from './keep.ts'
import type { Demand } from './keeper.ts'
import { start } from './obtain.ts'

/** The process whose servers the others of a test run use. */
export interface ServicesHost extends AsyncDisposable {
  /** Ends what was started. */
  stop(): Promise<void>
}

/**
 * Makes this process the one that starts servers, each at most once and when it is first asked for, and tells all processes
 * started after by their environment. For the global setup of any test runner.
 */
export async function hostServices(): Promise<ServicesHost> {
  const kept = new Map<string, Promise<Kept>>()
  const server = (demand: Demand) => {
    const key = JSON.stringify(demand)
    const known = kept.get(key) ?? start(demand)
    kept.set(key, known)
    return known
  }
  // Whoever else is on this machine may reach the port, but does not know the path.
  const path = `/${randomUUID()}`
  const listener = createServer(async (request, response) => {
    const answer = await answerTo(request, path, server)
    response.statusCode = answer ? 200 : 404
    response.setHeader('connection', 'close').end(answer && JSON.stringify(answer))
  })
  listener.listen(0, '127.0.0.1').unref()
  await once(listener, 'listening')
  process.env[HOST] = `http://127.0.0.1:${(listener.address() as AddressInfo).port}${path}`

  const stop = async () => {
    delete process.env[HOST]
    listener.close()
    const started = await Promise.allSettled(kept.values())
    await Promise.all(started.map((one) => one.status === 'fulfilled' && one.value.release()))
  }
  return { stop, [Symbol.asyncDispose]: stop }
}

async function answerTo(
  request: IncomingMessage,
  path: string,
  server: (demand: Demand) => Promise<Kept>,
): Promise<HostAnswer | undefined> {
  if (request.url !== path) return undefined
  try {
    const { url, describe, took } = await server(JSON.parse(await text(request)))
    return { started: { url, describe, took } }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}
