import {
  type Cursor,
  type Cursors,
  cursorName,
  cursorPosition,
  cursorQuery,
  now,
  settle,
} from '@consensus-store/core'
import { claim, OF_NO_RUN } from './claim.ts'
import type { SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import { statement } from './statement.ts'

export function cursors({ session, env }: SqlContext): Cursors {
  return {
    async save(follower, at) {
      const [name, position, savedAt] = [cursorName(follower), cursorPosition(at), now(env)]
      // It may be deleted between a write that changes nothing and the look at what there is.
      return settle(`Cursor ${name}`, async () => {
        const [[saved]] = await session.write([claim(OF_NO_RUN, advance, { name, position, savedAt })])
        return saved ?? (await session.first(readPosition, { name }))
      })
    },

    load: async (name) => session.first(readPosition, { name: cursorName(name) }),

    list: async (query) => session.all(readCursors, cursorQuery(query)),

    async delete(name) {
      const [[position]] = await session.write([claim(OF_NO_RUN, deleteCursor, { name: cursorName(name) })])
      return position
    },
  }
}

const readPosition = statement<{ name: string }>()(
  ({ db, arg }) => db.selectFrom('cursor').select('position').where('name', '=', arg.text('name')),
  ({ position }) => position,
)

const readCursors = statement<{ after: string; limit: number }>()(
  ({ db, arg }) =>
    db
      .selectFrom('cursor')
      .selectAll()
      .where('name', '>', arg.text('after'))
      .orderBy('name')
      .limit(arg.number('limit')),
  ({ name, position, saved_at }, { instant }: SqlDialect): Cursor => ({
    name,
    position,
    savedAt: instant.decode(saved_at),
  }),
)

/** Gives no row when the cursor is as far already. */
const advance = statement<Cursor>()(
  ({ db, arg }) =>
    db
      .insertInto('cursor')
      .values({ name: arg.text('name'), position: arg.number('position'), saved_at: arg.instant('savedAt') })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(({ ref }) => ({
            position: ref('excluded.position'),
            saved_at: ref('excluded.saved_at'),
          }))
          .whereRef('cursor.position', '<', 'excluded.position'),
      )
      .returning('position'),
  ({ position }) => position,
)

const deleteCursor = statement<{ name: string }>()(
  ({ db, arg }) => db.deleteFrom('cursor').where('name', '=', arg.text('name')).returning('position'),
  ({ position }) => position,
)
