import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/**
 * Starts something on a port of the loopback interface, and of another one so far above it. Another process may take the
 * port between its choice and its use.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>, offset = 0): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort(offset))
    } catch (error) {
      if (attempt === 20 || !taken.test(`${error}`)) throw error
    }
  }
}

const taken = /could not bind|already in use|already allocated|EADDRINUSE|ERR_SOCKET_BAD_PORT/i

async function freePort(offset: number): Promise<number> {
  const probe = await listening(0)
  const { port } = probe.address() as AddressInfo
  try {
    if (offset !== 0) await closed(await listening(port + offset))
  } finally {
    await closed(probe)
  }
  return port
}

async function listening(port: number): Promise<Server> {
  const probe = createServer().listen(port, '127.0.0.1')
  await once(probe, 'listening')
  return probe
}

async function closed(probe: Server): Promise<void> {
  probe.close()
  await once(probe, 'close')
}
