import { describe, expect, test } from 'vitest'
import { compareText, newestFirst, type PageRequest, page, pageRequest } from '../src/index.ts'

interface Row {
  readonly id: string
  readonly at: Date
}

const row = (id: string, ms = 0): Row => ({ id, at: new Date(ms) })
const request = (query = {}, filters: object = {}): PageRequest => pageRequest('runs', filters, query)
const cut = (rows: readonly Row[], query = {}, filters: object = {}) =>
  page(rows, request(query, filters), (position) => position)

describe('text is compared', () => {
  test('by code point, unlike JavaScript’s own order', () => {
    const ascending = [
      '',
      'A',
      'a',
      'a\u0000',
      'ab',
      'é',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ]

    expect(ascending.toReversed().sort(compareText)).toEqual(ascending)
    expect(ascending.toReversed().sort()).not.toEqual(ascending)
  })

  test('like the bytes of its UTF-8, whatever it is', () => {
    const units = [
      'a',
      'z',
      '\u0080',
      '\u07ff',
      '\ud7ff',
      '\ue000',
      '\ufffd',
      '\u{10000}',
      '\u{1f600}',
      '\u{10ffff}',
    ]
    for (const a of units) {
      for (const b of units) {
        for (const [x, y] of [
          [a, b],
          [`x${a}`, `x${b}`],
          [a + b, b + a],
        ] as const) {
          expect(Math.sign(compareText(x, y))).toBe(Buffer.compare(Buffer.from(x), Buffer.from(y)))
        }
      }
    }
  })
})

test('positions are newest first, of the same millisecond the greater id', () => {
  const rows = [row('a', 1), row('b', 1), row('z', 0), row('\u{1f600}', 1), row('\ue000', 1)]

  expect(rows.sort(newestFirst).map(({ id }) => id)).toEqual(['\u{1f600}', '\ue000', 'b', 'a', 'z'])
})

describe('a page', () => {
  test('is cut from one row more than it may hold, which says that there is another', () => {
    expect(cut([row('b'), row('a')], { limit: 2 })).toEqual({ items: [row('b'), row('a')], next: undefined })
    const { items, next } = cut([row('c'), row('b'), row('a')], { limit: 2 })

    expect(items).toEqual([row('c'), row('b')])
    expect(request({ cursor: next }).after).toEqual(row('b'))
  })

  test('may be empty', () => {
    expect(cut([])).toEqual({ items: [], next: undefined })
  })

  test('is of fifty unless told', () => {
    expect(request().limit).toBe(50)
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN, '10', null]) {
      expect(() => request({ limit })).toThrow('limit must be')
    }
  })
})

describe('a cursor', () => {
  const { next: cursor } = cut([row('naïve \u{1f600}', -1), row('a')], { limit: 1 }, { stage: 'plan' })

  test('carries the whole position, times before 1970 and characters above U+FFFF included', () => {
    expect(request({ cursor }, { stage: 'plan' }).after).toEqual(row('naïve \u{1f600}', -1))
  })

  test('is refused by another list, or with other filters', () => {
    for (const filters of [{}, { stage: 'tasks' }, { stage: 'plan', specId: 'S' }]) {
      expect(() => request({ cursor }, filters)).toThrow('cursor is not one this list gave')
    }
    expect(() => pageRequest('artifacts', { stage: 'plan' }, { cursor })).toThrow('cursor is not one')
  })

  test('is refused when it is none', () => {
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const wrong of [
      '',
      'nonsense',
      7,
      null,
      {},
      encoded('text'),
      encoded([]),
      encoded(['runs?{}', '0', 'a']),
      encoded(['runs?{}', 9e15, 'a']),
      encoded(['runs?{}', 0, 7]),
      encoded(['runs?{}', 0, '']),
      encoded(['runs?{}', 0]),
    ]) {
      expect(() => request({ cursor: wrong as string })).toThrow(expect.objectContaining({ code: 'INVALID' }))
    }
  })
})
