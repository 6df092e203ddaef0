import {
  type Chores,
  choreOf,
  type Finish,
  finishChore,
  isFinishedSo,
  type KeptChore,
  type Lease,
  lease,
  parseChoreOutcome,
} from '@consensus-store/core'
import type { Selectable } from 'kysely'
import { claim, OF_NO_RUN } from './claim.ts'
import type { SqlContext } from './context.ts'
import type { SqlDialect } from './dialect.ts'
import type { ChoreTable } from './schema.ts'
import { statement } from './statement.ts'

export function chores({ session, env }: SqlContext): Chores {
  return {
    async take(chore, holder, forMs) {
      const [[taken]] = await session.write([claim(OF_NO_RUN, takeChore, lease(chore, holder, forMs, env))])
      return taken !== undefined
    },

    async finish(chore, holder, outcome) {
      const finish = finishChore(chore, holder, outcome)
      const [[finished]] = await session.write([claim(OF_NO_RUN, endChore, finish)])
      return finished !== undefined || isFinishedSo(await session.first(readChore, finish), finish)
    },

    async list() {
      return (await session.all(readChores, {})).map((kept) => choreOf(kept, env))
    },
  }
}

/** Gives no row when somebody else has it. */
const takeChore = statement<Lease>()(({ db, arg }) =>
  db
    .insertInto('chore')
    .values({ name: arg.text('name'), holder: arg.text('holder'), held_until: arg.instant('until') })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(({ ref }) => ({
          holder: ref('excluded.holder'),
          held_until: ref('excluded.held_until'),
        }))
        .where(({ or, eb, ref }) =>
          or([
            eb('chore.holder', '=', ref('excluded.holder')),
            eb('chore.held_until', 'is', null),
            eb('chore.held_until', '<=', arg.instant('at')),
            eb('chore.held_until', '>', arg.instant('latest')),
          ]),
        ),
    )
    .returning('name'),
)

const endChore = statement<Finish>()(({ db, arg }) =>
  db
    .updateTable('chore')
    .set({ held_until: null, outcome: arg.json('outcome') })
    .where('name', '=', arg.text('name'))
    .where('holder', '=', arg.text('holder'))
    .where('held_until', 'is not', null)
    .returning('name'),
)

const keptChore = (
  { name, holder, held_until, outcome }: Selectable<ChoreTable>,
  { instant }: SqlDialect,
): KeptChore => ({
  name,
  holder,
  heldUntil: held_until === null ? undefined : instant.decode(held_until),
  outcome: outcome === null ? undefined : parseChoreOutcome(outcome),
})

const readChore = statement<{ name: string }>()(
  ({ db, arg }) => db.selectFrom('chore').selectAll().where('name', '=', arg.text('name')),
  keptChore,
)

const readChores = statement()(({ db }) => db.selectFrom('chore').selectAll().orderBy('name'), keptChore)
