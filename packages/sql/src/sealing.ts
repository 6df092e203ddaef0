import type { Concluded } from '@consensus-store/core'
import { type Expression, type ExpressionBuilder, type RawBuilder, sql } from 'kysely'
import { lastSequence } from './events.ts'
import type { Schema } from './schema.ts'
import { type Bound, bind, type Kit, statement } from './statement.ts'

/**
 * The event that concludes a run, sealed in the statement that appends it: by then the claim has the run, and what the claim
 * itself could see was what there was before it waited. Core's `sealOf` is what it computes.
 */
export const appendConclusion = (runId: string, at: Date, concluded: Concluded): Bound =>
  bind(appendSealed, { runId, at, unsealed: JSON.stringify(concluded), opening: openingOf(concluded) })

/** JSON of an object, yet without its end. */
const openingOf = (object: object) => JSON.stringify(object).slice(0, -1)

interface Conclusion {
  runId: string
  at: Date
  unsealed: string
  opening: string
}

const CONCLUDED = sql.lit('run.concluded')
const BREAK = sql.lit('\n')
const SEAL_BEGINS = sql.lit(',"seal":"sha256:')
const SEAL_ENDS = sql.lit('"}')
const SEAL_LENGTH = 'sha256:'.length + 64

const appendSealed = statement<Conclusion>()((kit) => {
  const { db, dialect, arg } = kit
  return db
    .insertInto('event')
    .values((eb) => ({
      run_id: arg.text('runId'),
      sequence: lastSequence(dialect, eb, arg.text('runId')),
      position: dialect.position.next,
      type: CONCLUDED,
      at: arg.instant('at'),
      data: text(arg.text('opening'), SEAL_BEGINS, dialect.sha256(sealedText(kit, eb)), SEAL_ENDS),
    }))
    .onConflict((conflict) => conflict.columns(['run_id', 'sequence']).doNothing())
})

/** A line for each event there is, and the line of the conclusion. */
function sealedText({ db, dialect, arg }: Kit<Conclusion>, eb: ExpressionBuilder<Schema, 'event'>) {
  const line = (
    sequence: Expression<number>,
    type: Expression<string>,
    ms: Expression<number>,
    data: Expression<string>,
  ) => text(asText(sequence), SPACE, type, SPACE, asText(ms), SPACE, data)
  const lines = db
    .selectFrom('event')
    .select(({ ref }) => {
      const each = line(ref('sequence'), ref('type'), dialect.milliseconds(ref('at')), ref('data'))
      return sql<string>`string_agg(${each}, ${BREAK} order by ${ref('sequence')})`.as('lines')
    })
    .where('run_id', '=', arg.text('runId'))
  const sequence = eb.parens(lastSequence(dialect, eb, arg.text('runId')) as unknown as Expression<number>)
  return text(
    sql`(${lines})`,
    BREAK,
    line(sequence, CONCLUDED, dialect.milliseconds(arg.instant('at')), arg.text('unsealed')),
  )
}

const SPACE = sql.lit(' ')

const text = (...parts: readonly Expression<unknown>[]): RawBuilder<string> =>
  sql<string>`${sql.join(parts, sql` || `)}`

const asText = (number: Expression<number>): RawBuilder<string> => sql<string>`cast(${number} as text)`

/**
 * The seal that the data of a conclusion tell, from the end of their text: not every database can read all that JSON may
 * hold.
 */
export const sealWithin = (data: Expression<string>) =>
  sql<string>`substr(${data}, length(${data}) - ${sql.lit(SEAL_LENGTH + 1)}, ${sql.lit(SEAL_LENGTH)})`
