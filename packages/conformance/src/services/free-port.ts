import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Starts something on a port of the loopback interface. Another process may take the port between its choice and its use. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort())
    } catch (error) {
      if (attempt === 5 || !taken.test(`${error}`)) throw error
    }
  }
}

const taken = /could not bind|already in use|already allocated/i

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
