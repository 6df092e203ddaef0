import type { Redis } from 'ioredis'
import { reconnectDelay } from './client.ts'

/** A connection on which one server tells of every change to the keys that begin with certain prefixes. */
export interface Tracker {
  /** Why the server does not tell, for people; `undefined` while it does, or has not been asked yet. */
  readonly refusal: string | undefined
  /** Asks now how far the server has told, not only at the next beat. */
  beat(): void
  close(): void
}

export interface TrackerOptions {
  /** Whose settings the connection is made with: it leads to the same server. */
  readonly client: Redis
  readonly prefixes: readonly string[]
  readonly heartbeatMs: number
  /** Keys that changed; `undefined` when all may have. */
  readonly changed: (keys: readonly string[] | undefined) => void
  /** All that changed before this instant, by `performance.now()`, has been told. */
  readonly caughtUp: (at: number) => void
  /** Changes may go untold from now on. */
  readonly lost: () => void
}

/** Redis sends invalidations to a RESP2 connection as messages of this channel. */
const CHANNEL = '__redis__:invalidate'
/** How often a server that refused is asked again: somebody may have changed what it permits. */
const RETRY_MS = 10_000
/** How long a connection may be silent before it is replaced. */
const DEAF_MS = 5_000

export function tracker(options: TrackerOptions): Tracker {
  const { prefixes, heartbeatMs, changed, caughtUp, lost } = options
  const client = options.client.duplicate(settings)
  let listening = false
  let refusal: string | undefined
  let asked: number | undefined
  let retry: NodeJS.Timeout | undefined

  /** Tracking comes first: a connection that has subscribed may not ask for it any more. */
  async function listen(): Promise<void> {
    try {
      const id = await client.client('ID')
      const where = prefixes.flatMap((prefix) => ['PREFIX', prefix])
      await client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...where)
      await client.subscribe(CHANNEL)
      refusal = undefined
      listening = true
      beat()
    } catch (error) {
      if (client.status !== 'ready') return
      refusal = (error as Error).message
      clearTimeout(retry)
      retry = setTimeout(() => client.disconnect(true), RETRY_MS).unref()
    }
  }

  /**
   * Invalidations and answers come in the order the server made them, so an answer proves that all earlier ones have come.
   */
  function beat(): void {
    if (!listening) return
    const now = performance.now()
    if (asked !== undefined) {
      if (now - asked > DEAF_MS) client.disconnect(true)
      return
    }
    asked = now
    client.ping().then(
      () => {
        asked = undefined
        if (listening) caughtUp(now)
      },
      () => {
        asked = undefined
      },
    )
  }

  const stop = () => {
    clearTimeout(retry)
    listening = false
    asked = undefined
    lost()
  }

  client.on('ready', () => void listen())
  client.on('close', stop)
  client.on('error', () => {})
  client.on('messageBuffer', (_channel: Buffer, keys: unknown) => {
    changed(Array.isArray(keys) ? keys.map(String) : undefined)
  })
  client.connect().catch(() => {})
  const heart = setInterval(beat, heartbeatMs).unref()

  return {
    get refusal() {
      return refusal
    },
    beat,
    close() {
      clearInterval(heart)
      clearTimeout(retry)
      client.off('close', stop)
      client.disconnect()
    },
  }
}

/** ioredis speaks RESP3 unless told, and drops what is pushed. What it would do by itself on a new connection, we do. */
const settings = {
  protocol: 2,
  replyMapping: 'legacy',
  keyPrefix: '',
  readOnly: false,
  lazyConnect: true,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: null,
  commandTimeout: undefined,
  himportFieldsets: undefined,
  retryStrategy: reconnectDelay,
} as const
