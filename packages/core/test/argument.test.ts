import { describe, expect, test } from 'vitest'
import { count, instant, labels, name, names, oneOf, text } from '../src/index.ts'

const problem = (check: () => unknown): string => {
  try {
    check()
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID' })
    return (error as Error).message
  }
  return expect.fail('nothing was refused')
}

describe('an argument is refused by name:', () => {
  for (const [message, check] of Object.entries({
    'id must be a string, not null': () => name(null, 'id'),
    'id must not be empty': () => name('', 'id'),
    'id must be at most 255 characters, not 256': () => name('x'.repeat(256), 'id'),
    'id must not contain control characters': () => name('a\u0085', 'id'),
    'id must not contain half of a surrogate pair': () => name('a\ud800', 'id'),
    'agents must be an array, not a string': () => names('gemini', 'agents'),
    'agents[1] must be a string, not undefined': () => names(Object.assign(new Array(2), ['code']), 'agents'),
    'message must be at most 65536 characters, not 65537': () => text('x'.repeat(65_537), 'message'),
    'stage must be one of plan, tasks, not "audit"': () => oneOf('audit', ['plan', 'tasks'], 'stage'),
    'stage must be one of plan, tasks, not an array': () => oneOf(['plan'], ['plan', 'tasks'], 'stage'),
    'limit must be a whole number from 1 to 9, not 10': () => count(10, 'limit', 1, 9),
    'limit must be a number, not a string': () => count('1', 'limit', 1, 9),
    'at must be a valid Date': () => instant(new Date(Number.NaN), 'at'),
    'labels.team must be a string, not a number': () => labels({ team: 7 }, 'labels'),
    'the key "" of labels must not be empty': () => labels({ '': 'a' }, 'labels'),
  })) {
    test(message, () => {
      expect(problem(check)).toBe(message)
    })
  }
})

test('a name may be of any 255 characters but control characters', () => {
  for (const fine of [' ', 'x'.repeat(255), 'naïve ☂ \u{1f600}', '\ufffd'])
    expect(name(fine, 'id')).toBe(fine)
})

test('a date is copied', () => {
  const given = new Date(7)
  const kept = instant(given, 'at')
  given.setTime(0)

  expect(kept).toEqual(new Date(7))
})

test('labels are equal however they were written', () => {
  const written = Object.keys(labels({ b: '', a: '', C: '' }, 'labels'))

  expect(written).toEqual(['C', 'a', 'b'])
  expect(Object.keys(labels(JSON.parse('{"b":"","__proto__":"x"}'), 'labels'))).toEqual(['__proto__', 'b'])
})
