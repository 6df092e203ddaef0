import fc from 'fast-check'
import { type Alteration, type DamageName, damages } from './alteration.ts'
import { archiving, lists, reads, spawning, startingNamed, writes } from './calls.ts'
import { runIds } from './pools.ts'
import type { Call, Step, Transaction } from './step.ts'
import { wrongCalls } from './wrong-calls.ts'

const calls = fc.oneof(
  { weight: 5, arbitrary: writes },
  { weight: 2, arbitrary: reads },
  { weight: 1, arbitrary: lists },
)

const transaction: fc.Arbitrary<Transaction> = fc.record({
  calls: fc.array(fc.oneof({ weight: 9, arbitrary: calls }, { weight: 1, arbitrary: wrongCalls }), {
    minLength: 1,
    maxLength: 6,
  }),
  goesOn: fc.boolean(),
  throws: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  strays: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

const alteration: fc.Arbitrary<Alteration> = fc.record(
  {
    runId: runIds,
    prefix: fc.constantFrom('copy of ', '\u{1f600}'),
    events: fc.integer({ min: 1, max: 3 }),
    damage: fc.constantFrom(...(Object.keys(damages) as DamageName[])),
  },
  { requiredKeys: [] },
)

const called = (call: Call): Step => ({ does: 'call', call })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: writes.map(called) },
  { weight: 4, arbitrary: reads.map(called) },
  { weight: 2, arbitrary: wrongCalls.map(called) },
  // The clock stands still otherwise, so most of what happens happens at once; now and then it is set back.
  { weight: 3, arbitrary: fc.constantFrom(1, 1, 2, -1).map((ms): Step => ({ does: 'wait', ms })) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('list' as const),
      call: lists,
      pages: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: lists.map((call): Step => ({ does: 'list on', call })) },
  { weight: 2, arbitrary: transaction.map((work): Step => ({ does: 'transaction', transaction: work })) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('record' as const), run: fc.nat(4), alteration }) },
  { weight: 2, arbitrary: archiving.map(called) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('follow' as const),
      place: fc.nat(12),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ does: 'call', call: { method: 'verify', args: [] } }) },
)

/** Histories of up to so many steps, behind the first steps of a few runs and agents. */
export const histories = (maxSteps: number): fc.Arbitrary<readonly Step[]> =>
  fc
    .tuple(
      fc.array(startingNamed.map(called), { maxLength: 6, size: 'max' }),
      fc.array(spawning.map(called), { maxLength: 6, size: 'max' }),
      // What is found is found sooner in long histories, and shrinks to short ones.
      fc.array(step, { maxLength: maxSteps, size: 'max' }),
    )
    .map((parts) => parts.flat())
