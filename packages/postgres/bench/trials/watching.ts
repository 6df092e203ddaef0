import { closing, type Prepare, short, type Trial } from '@consensus-store/conformance/bench'
import { postgresStore } from '@consensus-store/postgres'
import { connect } from '../connect.ts'
import type { Workshop } from '../workshop.ts'

const STORES = 4
const CALLERS = 16

/** What it costs writers that somebody waits for what they write: commits that notify wait for each other. */
export const watchingTrials = (shop: Workshop, runs: number): readonly Trial[] => [
  {
    title: `runs.start, ${CALLERS} callers on ${STORES} stores, while somebody waits for events, at ${short(runs)}`,
    operations: CALLERS,
    baseline: 'nobody',
    variants: { nobody: starting(shop, runs), store: starting(shop, runs, 'somebody') },
  },
]

const starting =
  (shop: Workshop, runs: number, listener?: string): Prepare =>
  async () => {
    const url = await shop.copy(runs)
    const stores = await Promise.all(Array.from({ length: STORES }, () => postgresStore({ url })))
    const pool = connect(url)
    if (listener) {
      await pool.query(
        `insert into consensus_store.listener (id, until) values ($1, now() + interval '1 day')`,
        [listener],
      )
    }
    const start = (_: unknown, i: number) => stores[i % STORES]!.runs.start({ specId: 'S', stage: 'plan' })
    return closing({ run: () => Promise.all(Array.from({ length: CALLERS }, start)) }, async () => {
      await Promise.all(stores.map((store) => store.close()))
      await pool.end()
      await shop.discard(url)
    })
  }
