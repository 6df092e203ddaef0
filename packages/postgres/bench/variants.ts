import { closing, type Prepare, type Prepared } from '@consensus-store/conformance/bench'
import { tcpProxy } from '@consensus-store/conformance/services'
import type { ConsensusStore } from '@consensus-store/core'
import { postgresStore } from '@consensus-store/postgres'
import type pg from 'pg'
import { connect } from './connect.ts'
import type { Workshop } from './workshop.ts'

/** What a variant is made with: its way into the database, and a pool to make beforehand what it uses up. */
type Make<Way> = (way: Way, supply: pg.Pool) => Prepared | Promise<Prepared>

/** The ways to do the same work: the store's, and others by hand. */
interface Makers {
  readonly store: Make<ConsensusStore>
  readonly byHand: Readonly<Record<string, Make<pg.Pool>>>
}

/** Everybody reads the history of so many runs in one database. */
export const reading = (shop: Workshop, runs: number, makers: Makers) =>
  variantsOf(makers, async () => {
    const url = await shop.history(runs)
    return { url, nearby: url, close: async () => {} }
  })

/** Everybody writes to a copy of their own; with `delayMs`, over a network that takes so long each way. */
export const writing = (shop: Workshop, runs: number, makers: Makers, delayMs?: number) =>
  variantsOf(makers, async () => {
    const url = await shop.copy(runs)
    if (delayMs === undefined) return { url, nearby: url, close: () => shop.discard(url) }
    const proxy = await tcpProxy(url)
    proxy.delay(delayMs)
    return {
      url: proxy.url,
      nearby: url,
      async close() {
        await proxy.close()
        await shop.discard(url)
      },
    }
  })

interface Place {
  readonly url: string
  /** The same database without the network. */
  readonly nearby: string
  close(): Promise<void>
}

function variantsOf({ store, byHand }: Makers, place: () => Promise<Place>): Record<string, Prepare> {
  const pooled = async (url: string) => {
    const pool = connect(url)
    return { way: pool, close: () => pool.end() }
  }
  const stored = async (url: string) => {
    const way = await postgresStore({ url })
    return { way, close: () => way.close() }
  }
  const others = Object.entries(byHand).map(([name, make]) => [name, variant(place, pooled, make)] as const)
  return { ...Object.fromEntries(others), store: variant(place, stored, store) }
}

const variant =
  <Way>(
    place: () => Promise<Place>,
    open: (url: string) => Promise<{ readonly way: Way; close(): Promise<void> }>,
    make: Make<Way>,
  ): Prepare =>
  async () => {
    const { url, nearby, close } = await place()
    const opened = await open(url)
    const supply = connect(nearby)
    return closing(await make(opened.way, supply), async () => {
      await opened.close()
      await supply.end()
      await close()
    })
  }
