import { describe, expect, test } from 'vitest'
import { decodeJson, encodeJson, MAX_JSON_DEPTH } from '../src/index.ts'

const problem = (value: unknown): string => {
  try {
    return encodeJson(value, 'content')
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID' })
    return (error as Error).message
  }
}

const arrays = (levels: number) => decodeJson('['.repeat(levels) + ']'.repeat(levels))

describe('JSON is written', () => {
  test('as JSON.stringify writes it', () => {
    const value = { z: [1, null, true], a: { '': 'naïve ☂ \u0000 \ud800' }, n: [1e21, 5e-324] }

    expect(encodeJson(value, 'content')).toBe(JSON.stringify(value))
  })

  test('with the sign of zero, wherever it is', () => {
    expect(encodeJson(-0, 'content')).toBe('-0')
    expect(encodeJson({ b: [0, -0], a: { '"': -0, s: 'x' } }, 'content')).toBe(
      '{"b":[0,-0],"a":{"\\"":-0,"s":"x"}}',
    )
    expect(Object.is(decodeJson(encodeJson([-0], 'content'))?.[0 as never], -0)).toBe(true)
  })

  test('with a key called __proto__, negative zeros beside it or not', () => {
    for (const text of ['{"__proto__":{"a":1}}', '{"__proto__":{"a":-0}}']) {
      expect(encodeJson(JSON.parse(text), 'content')).toBe(text)
    }
  })

  test('down to the deepest level allowed, and no deeper', () => {
    expect(encodeJson(arrays(MAX_JSON_DEPTH), 'content')).toHaveLength(2 * MAX_JSON_DEPTH)
    expect(problem(arrays(MAX_JSON_DEPTH + 1))).toContain('deeper than 1000 levels')
  })
})

describe('JSON is refused', () => {
  for (const [message, value] of Object.entries({
    'content is undefined, which JSON cannot hold': undefined,
    'content is NaN, which JSON cannot hold': Number.NaN,
    'content.a.b[1] is -Infinity, which JSON cannot hold': { a: { b: [0, Number.NEGATIVE_INFINITY] } },
    'content[1] is undefined, which JSON cannot hold': Object.assign(new Array(2), ['there']),
    'content is a bigint, which JSON cannot hold': 1n,
    'content.f is a function, which JSON cannot hold': { f: () => 1 },
    'content.s is a symbol, which JSON cannot hold': { s: Symbol('s') },
    'content.at is a Date, which JSON cannot hold': { at: new Date(0) },
    'content is a Map, which JSON cannot hold': new Map(),
    'content is a Uint8Array, which JSON cannot hold': Uint8Array.of(1),
    'content is a Plan, which JSON cannot hold': new (class Plan {})(),
    'content has a symbol for a key, which JSON cannot hold': { [Symbol('s')]: 1 },
  })) {
    test(`by name: ${message}`, () => {
      expect(problem(value)).toBe(message)
    })
  }

  test('when it is in a cycle, with a path of readable length', () => {
    const cycle: { again?: unknown } = {}
    cycle.again = [cycle]

    const message = problem(cycle)
    expect(message).toContain('is in a cycle')
    expect(message).toContain('content.again[0].again')
    expect(message.length).toBeLessThan(300)
  })
})
