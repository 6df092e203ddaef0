import { closing, type Prepared } from '@consensus-store/conformance/bench'
import type { ConsensusStore } from '@consensus-store/core'
import { type Durability, sqliteStore } from '@consensus-store/sqlite'
import type { Database } from 'better-sqlite3'
import type { Kysely } from 'kysely'
import { connectToRead, connectToWrite } from './connect.ts'
import { naiveKysely, type Tables } from './naive/tables.ts'
import type { Workshop } from './workshop.ts'

/** What a variant is made with: its way into the file, and the file for those who need another. */
type Make<Way> = (way: Way, path: string) => Prepared | Promise<Prepared>

/** The three ways to read the history of so many runs, all in one file. */
export const reading = (
  { history }: Workshop,
  runs: number,
  make: { store: Make<ConsensusStore>; bare: Make<Database>; kysely?: Make<Kysely<Tables>> },
) => {
  const { kysely } = make
  return {
    bare: async () => {
      const path = await history(runs)
      const database = connectToRead(path)
      return closing(await make.bare(database, path), () => void database.close())
    },
    store: async () => {
      const path = await history(runs)
      const store = await sqliteStore({ path })
      return closing(await make.store(store, path), () => store.close())
    },
    ...(kysely && {
      kysely: async () => {
        const path = await history(runs)
        const db = naiveKysely(connectToRead(path))
        return closing(await kysely(db, path), () => db.destroy())
      },
    }),
  }
}

/** The three ways to write, each to a copy of its own. */
export const writing = (
  shop: Workshop,
  runs: number,
  durability: Durability,
  make: { store: Make<ConsensusStore>; bare: Make<Database>; kysely?: Make<Kysely<Tables>> },
) => ({
  bare: async () => {
    const path = await shop.copy(runs)
    const database = connectToWrite(path, durability)
    return closing(await make.bare(database, path), () => {
      database.close()
      shop.discard(path)
    })
  },
  store: async () => {
    const path = await shop.copy(runs)
    const store = await sqliteStore({ path, durability })
    return closing(await make.store(store, path), async () => {
      await store.close()
      shop.discard(path)
    })
  },
  ...(make.kysely && {
    kysely: async () => {
      const path = await shop.copy(runs)
      const db = naiveKysely(connectToWrite(path, durability))
      return closing(await make.kysely!(db, path), async () => {
        await db.destroy()
        shop.discard(path)
      })
    },
  }),
})
