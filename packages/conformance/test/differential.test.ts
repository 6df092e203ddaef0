import { memoryStore } from '@consensus-store/memory'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aClock } from '../src/clock.ts'
import { perform } from '../src/differential/action.ts'
import { histories } from '../src/differential/histories.ts'
import { literal } from '../src/differential/literal.ts'
import { type Outcome, outcomeOf, sameOutcome } from '../src/differential/outcome.ts'
import { unfold } from '../src/differential/unfold.ts'
import { isNounMethod, methodNames } from '../src/methods.ts'

describe('a literal', () => {
  test('makes its value again', () => {
    const value = {
      text: 'a\u0000\ud800"\'`\\ \u2028',
      numbers: [0, -0, 1e21, Number.NaN, Number.NEGATIVE_INFINITY, 10n],
      none: [undefined, null, [undefined]],
      date: new Date(7),
      map: new Map([['key', new Date(8)]]),
      'not a name': JSON.parse('{"__proto__":{"2":1,"":2}}'),
      empty: {},
    }
    const again = new Function(`return ${literal(value)}`)()

    expect(again).toStrictEqual(value)
    expect(Object.keys(again['not a name'])).toEqual(['__proto__'])
    expect(new Function(`return ${literal(new Date(Number.NaN))}`)().getTime()).toBeNaN()
  })
})

describe('outcomes', () => {
  test('are the same only when nothing can tell them apart', () => {
    const pairs: [unknown, unknown][] = [
      [0, -0],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [{ a: undefined }, {}],
      [new Date(1), new Date(1).toISOString()],
      [[], {}],
      [null, undefined],
      [new Map(), {}],
    ]
    for (const [a, b] of pairs) {
      expect([a, b, sameOutcome({ value: a }, { value: b })]).toEqual([a, b, false])
      expect(sameOutcome({ value: a }, { value: structuredClone(a) })).toBe(true)
    }
    const refused = { error: 'INVALID', message: 'id must not be empty' }
    expect(sameOutcome(refused, { ...refused, error: 'CONFLICT' })).toBe(false)
    expect(sameOutcome(refused, { ...refused, message: 'id is wrong' })).toBe(false)
  })

  test('of the log tell its order, and not its positions', async () => {
    const log = (...positions: number[]) =>
      outcomeOf(async () => positions.map((position, i) => ({ position, sequence: i + 1 })))

    expect(sameOutcome(await log(1, 2, 3), await log(5, 70, 800))).toBe(true)
    expect(sameOutcome(await log(1, 2, 3), await log(1, 3, 2))).toBe(false)
    expect(sameOutcome(await log(1, 2, 3), await log(1, 2, 2))).toBe(false)
  })
})

/** What they give, or hold, is the store's own: histories ask for it in ways of their own, or a suite does. */
const ownPositions: readonly string[] = [
  'events.readAll',
  'events.position',
  'snapshots.save',
  'snapshots.latest',
  'snapshots.delete',
]

describe('generated histories', () => {
  test('do everything there is, well and otherwise', { timeout: 120_000 }, async () => {
    const came = await outcomesByMethod(fc.sample(histories(40), { seed: 1, numRuns: 1_200, unbiased: true }))

    for (const method of methodNames) {
      if (!isNounMethod(method) || ownPositions.includes(method)) continue
      expect([method, came.get(method)]).toEqual([method, expect.arrayContaining(['found', 'INVALID'])])
    }
    for (const method of ['executions.spawn', 'artifacts.add', 'syntheses.add', 'runs.conclude']) {
      expect([method, came.get(method)]).toEqual([method, expect.arrayContaining(['NOT_FOUND', 'CONFLICT'])])
    }
    for (const method of ['runs.list', 'executions.list', 'artifacts.list', 'syntheses.list']) {
      expect([method, came.get(method)]).toEqual([method, expect.arrayContaining(['a page of several'])])
    }
    expect(came.get('archives.add')).toEqual(expect.arrayContaining(['found', 'NOT_FOUND', 'CONFLICT']))
    expect(came.get('archives.restore')).toEqual(expect.arrayContaining(['found', 'NOT_FOUND']))
    for (const method of ['runs.record', 'runs.delete']) {
      expect([method, came.get(method)]).toEqual([method, expect.arrayContaining(['CONFLICT'])])
    }
    expect(came.get('transaction')).toEqual(
      expect.arrayContaining(['found', 'no StoreError', 'NOT_FOUND', 'CONFLICT', 'INVALID']),
    )
    expect(came.get('follow')).toEqual(['found'])
  })
})

/** In how many ways each method was answered. */
async function outcomesByMethod(all: readonly Parameters<typeof unfold>[0][]) {
  const came = new Map<string, Set<string>>()
  for (const steps of all) {
    const clock = aClock()
    await using store = memoryStore({ env: clock })
    const actions = unfold(steps)
    for (let next = actions.next(); !next.done; ) {
      const action = next.value
      const outcome = await perform(action, store, clock)
      const name = action.does === 'call' ? action.call.method : action.does
      came.set(name, (came.get(name) ?? new Set()).add(kindOf(outcome)))
      next = actions.next(outcome)
    }
  }
  return new Map([...came].map(([name, kinds]) => [name, [...kinds]]))
}

function kindOf(outcome: Outcome): string {
  if ('error' in outcome) return outcome.error
  const { value } = outcome
  if (typeof value !== 'object' || value === null) return value === undefined ? 'nothing' : 'found'
  if ('outcome' in value) return kindOf(value.outcome as Outcome)
  if ('next' in value && value.next !== undefined) return 'a page of several'
  return 'items' in value && (value.items as readonly unknown[]).length === 0 ? 'nothing' : 'found'
}
