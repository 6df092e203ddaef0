import {
  EXECUTION_STATUSES,
  type ExecutionStatus,
  type Json,
  PHASE_TYPES,
  RUN_STATUSES,
  VERDICTS,
} from '@consensus-store/core'
import fc from 'fast-check'

/** One of the usual values mostly, so that calls meet; the others are told apart only by those who look at every code point. */
const mostly = <T>(usual: readonly T[], others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )

export const runIds = mostly(['r', '\u{1f600}'], ['R', 'r ', '\ufb01'])
export const ids = mostly(['a', '\u{1f600}'], ['A', '\uffee', '\u00e9', 'e\u0301', "it's %_\\"])
export const specs = mostly(['S'], ['s', '\u{1f600}-1'])
export const stages = mostly(['plan'], ['tasks', 'plan '])
export const agentNames = fc.constantFrom('gemini', 'Claude', 'c\u00f6de')
export const modelVersions = fc.constantFrom('m', 'n')
export const phaseTypes = fc.constantFrom(...PHASE_TYPES)
export const verdicts = fc.constantFrom(...VERDICTS)
export const runStatuses = fc.constantFrom(...RUN_STATUSES)
export const executionStatuses = fc.constantFrom<ExecutionStatus>(...EXECUTION_STATUSES)
export const reasons = fc.constantFrom('error', 'extraction')

/** Prose and answers: any string at all. */
export const texts = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', 'yes', 'no\r\n', 'a\u0000b', '\ud800', '\udc00\ud800', '\\u0000'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
)

/** Documents that are told apart only by the order of their keys, by the sign of a zero, by what looks like an escape. */
const documents: readonly Json[] = [
  {},
  [],
  null,
  '',
  -0,
  0,
  1e21,
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  JSON.parse('{"__proto__":[1]}'),
  { '\u0000': '\ud800' },
  '\\u0000',
]
export const json = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...documents) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json> },
)

export const labels = fc.dictionary(fc.constantFrom('team', 'Team', '\u00fc', '__proto__'), texts, {
  maxKeys: 2,
  noNullPrototype: true,
})

/** What is wrong nearly everywhere. */
export const wrongValues = fc.constantFrom<unknown>(
  undefined,
  null,
  7,
  0,
  -1,
  1.5,
  1_001,
  Number.NaN,
  10n,
  true,
  '',
  'unheard-of',
  'a\n',
  '\ud800',
  'x'.repeat(256),
  [],
  [undefined],
  {},
  new Date(Number.NaN),
)
