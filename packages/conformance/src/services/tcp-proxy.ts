import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** A network between a client and a server on which all that goes wrong goes wrong on demand. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** The target's URL with this proxy in place of its host and port. */
  readonly url: string
  /** How many connections are open. */
  readonly connections: number
  /** How often a client has sent something anew, having been answered before: what it waited for, summed up. */
  readonly exchanges: number
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>
  /** Delivers everything sent from now on so many milliseconds late, or parts of one, in both directions. */
  delay(ms: number): void
  /** Delivers nothing, in neither direction, while connections stay open and new ones are accepted. */
  stall(): void
  /** Inverts every byte the server sends from now on. */
  corrupt(): void
  /** Undoes all of these; what was held back is delivered. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** A proxy on a free port of the loopback interface in front of the server at a URL. */
export async function tcpProxy(target: string): Promise<TcpProxy> {
  const server = new URL(target)
  const port = Number(server.port || defaultPorts[server.protocol])
  if (!port) throw new Error(`The URL ${server.protocol}//${server.host} names no port`)
  const pairs = new Set<readonly Socket[]>()
  const weather = { delayMs: 0, corrupted: false, held: Promise.withResolvers<void>() }
  weather.held.resolve()
  let exchanges = 0

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host: server.hostname, port, allowHalfOpen: true, noDelay: true })
    const pair = [client, upstream]
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.once('close', () => {
        pairs.delete(pair)
        if (socket.errored || !socket.writableFinished) destroy(pair)
      })
    }
    let answered = true
    flow(client, upstream, (chunk) => {
      if (answered) exchanges++
      answered = false
      return chunk
    })
    flow(upstream, client, (chunk) => {
      answered = true
      return weather.corrupted ? chunk.map((byte) => ~byte) : chunk
    })
  })

  /** What arrives is noted with the time it is due, so that a delay is latency and not a slower line. */
  function flow(from: Socket, to: Socket, pass: (chunk: Buffer) => Uint8Array) {
    let sent = Promise.resolve()
    const deliver = (write: () => void) => {
      const due = performance.now() + weather.delayMs
      sent = sent.then(async () => {
        await reached(due)
        await weather.held.promise
        if (!to.destroyed) write()
      })
    }
    from.on('data', (chunk: Buffer) => {
      const passed = pass(chunk)
      deliver(() => to.write(passed))
    })
    from.on('end', () => deliver(() => to.end()))
  }

  const listen = async (port: number) => {
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
    return (listener.address() as AddressInfo).port
  }
  const calm = () => {
    weather.delayMs = 0
    weather.corrupted = false
    weather.held.resolve()
  }
  const cut = async () => {
    const closed = listener.listening ? once(listener, 'close') : undefined
    listener.close()
    for (const pair of pairs) destroy(pair)
    await closed
  }
  const close = async () => {
    calm()
    await cut()
  }

  const own = await listen(0)
  const url = new URL(server)
  url.host = `127.0.0.1:${own}`
  return {
    port: own,
    url: url.href,
    get connections() {
      return pairs.size
    },
    get exchanges() {
      return exchanges
    },
    cut,
    delay(ms) {
      weather.delayMs = ms
    },
    stall() {
      weather.held = Promise.withResolvers()
    },
    corrupt() {
      weather.corrupted = true
    },
    async restore() {
      calm()
      if (!listener.listening) await listen(own)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const defaultPorts: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
}

/** Timers come up to some two milliseconds late, which is more than many a network takes: the rest is waited out turn by turn. */
async function reached(due: number): Promise<void> {
  const wait = due - performance.now() - 2
  if (wait > 0) await sleep(wait)
  while (performance.now() < due) await nextTurn()
}

/** A reset, as a broken network gives, and not an orderly end. */
function destroy(pair: readonly Socket[]): void {
  for (const socket of pair) socket.resetAndDestroy()
}
