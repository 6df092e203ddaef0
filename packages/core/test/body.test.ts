import { describe, expect, test } from 'vitest'
import { digest, jsonBody, MAX_BODY_BYTES, textBody } from '../src/index.ts'

describe('a digest', () => {
  test('is the SHA-256 of the text’s UTF-8', () => {
    expect(digest('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(digest('naïve ☂')).toBe('b5033ecc761beba9c1e97ad0ebde9eadd713c0d54ae7984f6eebe1b5f1a9fd67')
  })

  test('tells apart strings whose UTF-8 would be the same', () => {
    const texts = [
      '\ud800',
      '\udc00',
      '\ufffd',
      '\udc00\ud800',
      'a\ud800',
      '\ud800a',
      '\ufffd\ufffd',
      '\u{10000}',
    ]

    expect(new Set(texts.map(digest)).size).toBe(texts.length)
  })
})

describe('a body', () => {
  test('is measured in bytes of UTF-8', () => {
    expect(textBody('naïve ☂', 'response')).toMatchObject({ text: 'naïve ☂', bytes: 10 })
    expect(textBody('\ud800', 'response')).toMatchObject({ bytes: 3 })
    expect(jsonBody({ a: '☂' }, 'content')).toMatchObject({ text: '{"a":"☂"}', bytes: 11 })
  })

  test('may be of sixteen mebibytes, and not of a byte more', () => {
    const most = 'x'.repeat(MAX_BODY_BYTES)
    expect(textBody(most, 'response').bytes).toBe(MAX_BODY_BYTES)
    expect(jsonBody(most, 'content').bytes).toBe(MAX_BODY_BYTES + 2)

    expect(() => textBody(`${most}x`, 'response')).toThrow(
      'response must be at most 16777216 bytes, not 16777217',
    )
    expect(() => jsonBody(`${most}x`, 'content')).toThrow('content must be at most')
  })

  test('of text is a string', () => {
    for (const wrong of [undefined, null, 7, {}, ['a']]) {
      expect(() => textBody(wrong, 'response')).toThrow(expect.objectContaining({ code: 'INVALID' }))
    }
  })
})
