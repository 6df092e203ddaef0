import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { exactJson, jsonOrText } from '../src/import/exact-json.ts'
import { instantOf } from '../src/import/instant.ts'
import { explained } from '../src/import/scratch.ts'

const iso = (value: unknown) => new Date(instantOf(value, 'created_at')).toISOString()

describe('a time in a source', () => {
  test.each([
    ['2025-11-10 03:26:38', '2025-11-10T03:26:38.000Z'],
    ['2025-11-10T03:26:38Z', '2025-11-10T03:26:38.000Z'],
    ['2025-11-10T03:26:38.905212Z', '2025-11-10T03:26:38.905Z'],
    ['2025-11-10T03:26:38.5+02:00', '2025-11-10T01:26:38.500Z'],
    ['2025-11-10T03:26:38-0530', '2025-11-10T08:56:38.000Z'],
    ['20251110T032638', '2025-11-10T03:26:38.000Z'],
    ['2025-11-10 03:26', '2025-11-10T03:26:00.000Z'],
    [1_762_745_198, '2025-11-10T03:26:38.000Z'],
    [1_762_745_198_001, '2025-11-10T03:26:38.001Z'],
    [-1, '1969-12-31T23:59:59.000Z'],
  ])('%j is %s', (written, expected) => {
    expect(iso(written)).toBe(expected)
  })

  test.each([
    ['yesterday'],
    ['2025-02-30 10:00:00'],
    ['2025-13-01 10:00:00'],
    ['2025-11-10 24:30:00'],
    ['2025-11-10 03:61:00'],
    ['2025-11-10'],
    [''],
    [null],
    [undefined],
    [1e300],
    [Number.NaN],
  ])('%j is none', (written) => {
    expect(() => iso(written)).toThrow(expect.objectContaining({ code: 'INVALID' }))
  })
})

describe('JSON in a source', () => {
  test.each([
    ['{"a":1,"b":[true,null,"x"]}', { a: 1, b: [true, null, 'x'] }],
    [' {"a":1.50,"b":1e3,"c":-0.0,"d":1E-7} ', { a: 1.5, b: 1000, c: -0, d: 1e-7 }],
    ['{"a:b":{"c\\\\":"d:\\"e\\":"}}', { 'a:b': { 'c\\': 'd:"e":' } }],
    ['0.1234567890123456', 0.1234567890123456],
    ['{"at":"2025-11-10T03:26:38.905212345Z"}', { at: '2025-11-10T03:26:38.905212345Z' }],
    ['9007199254740993', '9007199254740993'],
    ['{"id":12345678901234567890}', '{"id":12345678901234567890}'],
    ['1e400', '1e400'],
    ['0.12345678901234567890', '0.12345678901234567890'],
    ['{"a":1,"a":2}', '{"a":1,"a":2}'],
    ['{"a":', '{"a":'],
    ['', ''],
    ['"text"', 'text'],
  ])('%s is kept as it was', (text, expected) => {
    expect(jsonOrText(text)).toStrictEqual(expected)
  })

  test('is kept as text where it is nested deeper than a store keeps JSON', () => {
    const deep = `${'['.repeat(1_001)}${']'.repeat(1_001)}`
    expect(jsonOrText(deep)).toBe(deep)
    expect(jsonOrText(deep.slice(1, -1))).toBeInstanceOf(Array)
  })

  test('of any length is looked through', () => {
    const long = `{"a":"${'x\\"'.repeat(3_000_000)}","b":${'[1,'.repeat(50_000)}1${']'.repeat(50_000)}}`
    expect(exactJson(long, 'content')).toHaveProperty('b')
  })

  test.each([
    ['{"a":12345678901234567890}', 'the file holds 12345678901234567890, a number that would be changed'],
    ['{"a":1,"b":{"c":1,"c":1}}', 'the file names a member of one object twice'],
    ['nonsense', /^the file is not JSON: /],
  ])('%s is refused where it cannot be kept as text', (text, message) => {
    expect(() => exactJson(text, 'the file')).toThrow(message)
  })
})

describe('the room that a source is sorted in', () => {
  test.each([
    ['SQLITE_FULL', 'FULL'],
    ['SQLITE_CANTOPEN', 'UNAVAILABLE'],
  ])('that ends in %s is %s', (driver, code) => {
    expect(explained(new Sqlite.SqliteError('no space', driver))).toMatchObject({ code })
  })

  test('has nothing to do with other errors', () => {
    const error = new Error('mine')
    expect(explained(error)).toBe(error)
  })
})
