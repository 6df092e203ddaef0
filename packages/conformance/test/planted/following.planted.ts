// Once a later position was returned, no event appears behind it any more.
import { systemEnv } from '@consensus-store/core'
import { overtakingStore } from './overtaking-store.ts'
import { changed, plant, plantSubject } from './plant.ts'

plantSubject(
  'positions are taken before others are committed',
  'misses nothing and repeats nothing while transactions take their time',
  'following',
  {
    open: async ({ env = systemEnv } = {}) => overtakingStore(env),
  },
)

plant(
  'what is read at the very end of the log is read again',
  'misses nothing and repeats nothing while transactions take their time',
  'following',
  (store) =>
    changed(store, ({ events }) => ({
      events: {
        async readAll(query) {
          const found = await events.readAll(query)
          const last = query?.after ? await events.readAll({ after: query.after - 1, limit: 1 }) : []
          return found.length === 1 ? [...last, ...found] : found
        },
      },
    })),
)
