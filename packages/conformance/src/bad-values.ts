import { MAX_BODY_BYTES, MAX_LIST_LENGTH, MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from '@consensus-store/core'

/** Values an argument must not take, each by what is wrong with it. */
export type Bad = Readonly<Record<string, unknown>>

const notAString: Bad = { null: null, 'a number': 7, 'an object': {}, 'an array': ['a'], true: true }

export const badNames: Bad = {
  ...notAString,
  undefined: undefined,
  empty: '',
  'too long': 'x'.repeat(MAX_NAME_LENGTH + 1),
  'with U+0000': 'a\u0000b',
  'with a line break': 'a\nb',
  'with U+007F': 'a\u007f',
  'with U+0085': 'a\u0085',
  'ending in half a surrogate pair': 'a\ud800',
  'beginning with half a surrogate pair': '\udc00a',
}

/** For a name that may be left out. */
export const badOptionalNames: Bad = without(badNames, 'undefined')

export const badPaths: Bad = { ...badOptionalNames, 'too long': 'x'.repeat(4_097) }

export const badFiles: Bad = { ...notAString, undefined: undefined, empty: '', 'with U+0000': 'a\u0000b' }

export const badTexts: Bad = {
  ...notAString,
  undefined: undefined,
  'too long': 'x'.repeat(MAX_TEXT_LENGTH + 1),
}

const notAnArray: Bad = {
  null: null,
  'a string': 'gemini',
  'an object': { length: 1, 0: 'gemini' },
  'a set': new Set(),
}

export const badNameLists: Bad = {
  ...notAnArray,
  'with a number': [7],
  'with an empty name': ['gemini', ''],
  'with a control character': ['a\u0007'],
  'with a hole': Array.from({ length: 2 }).fill('gemini', 0, 1),
  sparse: new Array(2),
  'too long': Array.from({ length: MAX_LIST_LENGTH + 1 }, (_, i) => `agent ${i}`),
}

export const badTextLists: Bad = {
  ...notAnArray,
  'with a number': ['fine', 7],
  'with a text too long': ['x'.repeat(MAX_TEXT_LENGTH + 1)],
  sparse: new Array(2),
  'too long': Array.from({ length: MAX_LIST_LENGTH + 1 }, () => 'agreed'),
}

export const badLabels: Bad = {
  null: null,
  'a string': 'team',
  'an array': ['team'],
  'with a number': { team: 7 },
  'with undefined': { team: undefined },
  'with an empty key': { '': 'alpha' },
  'with a control character in a key': { 'te\nam': 'alpha' },
  'with a key too long': { ['x'.repeat(MAX_NAME_LENGTH + 1)]: 'alpha' },
  'with a value too long': { team: 'x'.repeat(MAX_TEXT_LENGTH + 1) },
  'too many': Object.fromEntries(Array.from({ length: MAX_LIST_LENGTH + 1 }, (_, i) => [`l${i}`, ''])),
}

export const badObjects: Bad = { null: null, 'a string': 'run', 'a number': 7, 'an array': [], true: true }
export const badRequiredObjects: Bad = { ...badObjects, undefined: undefined }

/** For a member that must be one of a few words. */
export const badWords: Bad = {
  ...notAString,
  undefined: undefined,
  unknown: 'unheard-of',
  empty: '',
  cased: 'Failed',
}
export const badOptionalWords: Bad = without(badWords, 'undefined')

const notACount: Bad = {
  null: null,
  'a string': '10',
  negative: -1,
  fractional: 1.5,
  NaN: Number.NaN,
  infinite: Number.POSITIVE_INFINITY,
  'too large to be exact': Number.MAX_SAFE_INTEGER + 1,
  'a bigint': 10n,
}

export const badLimits: Bad = { ...notACount, zero: 0, 'over a thousand': 1_001 }
export const badAfters: Bad = notACount
export const badSequences: Bad = { ...notACount, undefined: undefined, zero: 0 }

export const badPoints: Bad = {
  null: null,
  'a string': '2026-01-01T00:00:00.000Z',
  'an invalid Date': new Date(Number.NaN),
  zero: 0,
  NaN: Number.NaN,
  'a bigint': 10n,
}

export const badDigests: Bad = {
  ...notAString,
  undefined: undefined,
  empty: '',
  'in capital letters': 'A'.repeat(64),
  'too short': 'a'.repeat(63),
}

export const badCursors: Bad = {
  null: null,
  'a number': 7,
  'an object': {},
  empty: '',
  nonsense: 'not a cursor',
  'JSON that is not one': Buffer.from('{"at":0}').toString('base64url'),
  'a guess at one': Buffer.from('["runs?{}",0,"a"]').toString('base64url'),
}

export const badDates: Bad = {
  undefined: undefined,
  null: null,
  'a number': 0,
  'a string': '2026-01-01T00:00:00.000Z',
  'an invalid Date': new Date(Number.NaN),
  'an object': {},
}

/** For a function that may be left out. */
export const badFolders: Bad = { ...badObjects, 'an empty object': {}, 'a function': () => {} }

export const badOptionalFlags: Bad = { null: null, 'a string': 'true', 'a number': 1, 'an object': {} }

export const badOptionalCounts: Bad = notACount

export const badDays: Bad = {
  null: null,
  'another word': 'always',
  negative: -1,
  NaN: Number.NaN,
  infinite: Number.POSITIVE_INFINITY,
  'a bigint': 10n,
  'a Date': new Date(),
  true: true,
}

/** Overrides of a policy that keeps for ever unless it says otherwise. */
export const badOverrides: Bad = {
  ...notAnArray,
  sparse: new Array(2),
  'with null': [null],
  'with one for no runs in particular': [{ keepLatest: 1 }],
  'with one for no labels': [{ labels: {}, keepLatest: 1 }],
  'with an empty stage': [{ stage: '', keepLatest: 1 }],
  'with labels that are none': [{ labels: ['team'], keepLatest: 1 }],
  'with a member nobody knows': [{ stage: 'plan', keepLast: 1 }],
  'with two for the same runs': [
    { stage: 'plan', labels: { a: '1', b: '2' } },
    { labels: { b: '2', a: '1' }, stage: 'plan', keepLatest: 1 },
  ],
  'with one behind another that fits all of its runs': [
    { stage: 'plan' },
    { stage: 'plan', labels: { a: '1' } },
  ],
  'with one that deletes before it archives': [{ stage: 'plan', archiveAfterDays: 9, deleteAfterDays: 8 }],
  'with a share of a run': [{ stage: 'plan', keepLatest: 1.5 }],
  'with negative days': [{ stage: 'plan', deleteAfterDays: -1 }],
}

export const badFunctions: Bad = { ...badObjects, 'an empty object': {} }

export const badSignals: Bad = {
  null: null,
  'a controller': new AbortController(),
  'an object': { aborted: false },
  true: true,
}

const overLimit = 'x'.repeat(MAX_BODY_BYTES + 1)

export const badTextBodies: Bad = { ...notAString, undefined: undefined, 'over the limit': overLimit }
export const badOptionalTextBodies: Bad = without(badTextBodies, 'undefined')

const cycle: Record<string, unknown> = { deep: {} }
cycle.deep = [cycle]

export const badJson: Bad = {
  undefined: undefined,
  'with undefined': { a: undefined },
  'with undefined in an array': [1, undefined],
  'a sparse array': new Array(1),
  NaN: Number.NaN,
  'with Infinity': { a: [Number.POSITIVE_INFINITY] },
  'with -Infinity': [Number.NEGATIVE_INFINITY],
  'a bigint': 1n,
  'with a bigint': { a: 1n },
  'a Date': new Date(0),
  'with a Map': { a: new Map() },
  'with a Set': [new Set()],
  'a function': () => 1,
  'with a method': { toJSON: () => 1 },
  'a symbol': Symbol('s'),
  'with a symbol key': { [Symbol('s')]: 1 },
  'an instance of a class': new (class Plan {})(),
  'a boxed string': new String('x'),
  'a typed array': Uint8Array.of(1),
  'an error': new Error('no'),
  'a cycle': cycle,
  'too deep': nested(1_001),
  'over the limit': overLimit,
}

/** For JSON that may be left out. */
export const badOptionalJson: Bad = without(badJson, 'undefined')

export const badAgentIds: Bad = {
  undefined: undefined,
  ...notAnArray,
  'with a number': ['a1', 7],
  'with an empty id': [''],
  'with a control character': ['a1', 'a\n'],
  sparse: new Array(2),
  'too many': Array.from({ length: 1_001 }, (_, i) => `a${i}`),
}

/** Arrays in arrays, so many levels deep. */
export function nested(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

function without(bad: Bad, kind: string): Bad {
  const { [kind]: _, ...rest } = bad
  return rest
}
