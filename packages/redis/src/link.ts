import { type Breaker, breaker } from './breaker.ts'
import { type Client, type Connection, connection, isCluster } from './client.ts'
import { complaintOf } from './complaint.ts'
import { patience } from './patience.ts'
import type { Tally } from './stats.ts'

/** The way to Redis: whether it may be asked, how long for, and what its answers say about the next question. */
export interface Link {
  readonly client: Client
  readonly where: string
  /** Whether it is worth asking for a route now. */
  readonly readable: boolean
  /** Whether it is worth asking to have something written now. */
  readonly writable: boolean
  /** Why not, for people. */
  readonly trouble: string | undefined
  /**
   * What Redis answered, or `undefined` when it did not in time, refused, or was not to be had, which is counted and
   * remembered. Never rejects.
   */
  ask<T>(
    kind: 'read' | 'write',
    withinMs: number,
    call: (client: Client) => Promise<T>,
  ): Promise<T | undefined>
  /** Takes note of an error inside an answer. */
  heed(error: unknown): void
  close(): Promise<void>
}

export interface LinkOptions {
  readonly redis: string | Client
  readonly timeoutMs: number
  /** A key that is nobody's, to try reading and writing with. */
  readonly probeKey: string
  readonly tally: Tally
  /** Called whenever Redis can be asked again. */
  readonly up: () => void
  /** Called whenever the connection is lost: what comes after may be another server. */
  readonly lost: () => void
  /** Called when keys may have come to another server of a Cluster. */
  readonly moved: () => void
}

/** How long nothing is written after Redis refused to, or before a replica is looked at again. */
const PAUSE_MS = 1_000
/** How long a connection of ours may swallow questions before it is replaced. */
const DEAF_MS = 5_000

export function link({ redis, timeoutMs, probeKey, tally, up, lost, moved }: LinkOptions): Link {
  /** Connected, and seen to be a master. On a Cluster, only masters are asked. */
  let greeted = false
  let replica = false
  let writesFrom = 0
  let refusal: string | undefined
  let closed = false
  let recheck: NodeJS.Timeout | undefined

  const connected: Connection = connection(redis, {
    ready: () => void greet(),
    lost: () => {
      greeted = false
      replica = false
      lost()
    },
    moved,
  })
  const { client } = connected
  const waits = patience()
  const fuse: Breaker = breaker({ probe, recovered: up })

  /**
   * Asked first on every connection, so that what is answered later is the answer of a server we know. A replica lags behind
   * deletions, so it is not asked at all.
   */
  async function greet(): Promise<void> {
    if (closed) return
    const greeting = isCluster(client) ? Promise.resolve() : client.set(probeKey, '', 'PX', PAUSE_MS)
    greeted = true
    replica = false
    await greeting.catch(heed)
    if (greeted && !replica && !closed) up()
  }

  async function probe(): Promise<boolean> {
    if (!greeted || client.status !== 'ready') return false
    const asked = client.get(probeKey).then(
      () => true,
      () => false,
    )
    const answered = await within(timeoutMs, asked)
    if (answered !== undefined) return answered
    // One question at a time: those that a stalled network holds back would all arrive at once.
    const deaf = (await within(DEAF_MS, asked)) === undefined
    if (deaf && typeof redis === 'string' && client.status === 'ready') client.disconnect(true)
    return false
  }

  /** `undefined` when it takes longer. */
  const within = (ms: number, asked: Promise<boolean>) =>
    new Promise<boolean | undefined>((resolve) => {
      const wait = waits.begin(ms, () => resolve(undefined))
      void asked.then((answer) => waits.end(wait) && resolve(answer))
    })

  function heed(error: unknown): void {
    const complaint = complaintOf(error)
    tally.errors += 1
    if (complaint === 'failed') return
    refusal = (error as Error).message
    writesFrom = performance.now() + PAUSE_MS
    if (complaint === 'replica' && !replica && !isCluster(client)) {
      replica = true
      lost()
      recheck = setTimeout(() => void (greeted && greet()), PAUSE_MS).unref()
    }
  }

  const readable = () => greeted && !replica && !fuse.open && client.status === 'ready' && !closed

  function ask<T>(
    kind: 'read' | 'write',
    withinMs: number,
    call: (client: Client) => Promise<T>,
  ): Promise<T | undefined> {
    if (!readable()) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const wait = waits.begin(withinMs, () => {
        tally.errors += 1
        fuse.failed()
        resolve(undefined)
      })
      call(client).then(
        (answer) => {
          if (!waits.end(wait)) return
          fuse.succeeded()
          // Asked right behind the greeting, a replica answers before it is known to be one.
          resolve(replica ? undefined : answer)
        },
        (error: unknown) => {
          if (!waits.end(wait)) return
          heed(error)
          // A server that will not be read is as good as none; one that will not be written to can still be read.
          if (kind === 'read' || complaintOf(error) === 'failed') fuse.failed()
          else fuse.succeeded()
          resolve(undefined)
        },
      )
    })
  }

  return {
    client,
    where: connected.where,
    get readable() {
      return readable()
    },
    get writable() {
      return readable() && performance.now() >= writesFrom
    },
    get trouble() {
      if (replica) return 'it is a replica, which lags behind deletions'
      if (fuse.openSince) return `it has not answered as it should since ${fuse.openSince.toISOString()}`
      if (client.status !== 'ready') return connected.complaint
      return performance.now() < writesFrom ? `it refuses to write: ${refusal}` : undefined
    },
    ask,
    heed,
    async close() {
      closed = true
      fuse.close()
      waits.close()
      clearTimeout(recheck)
      await connected.release()
    },
  }
}
