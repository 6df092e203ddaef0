import { type Json, MAX_JSON_DEPTH, type Nouns } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { nested } from '../bad-values.ts'
import { changesNothing } from '../contents.ts'
import { anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

const values: Readonly<Record<string, Json>> = {
  null: null,
  true: true,
  false: false,
  'an empty object': {},
  'an empty array': [],
  'an empty string': '',
  'zero and its negative': [0, -0],
  'negative zero by itself': -0,
  'numbers at the edges': [
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2 ** 53,
    2 ** 63,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    Number.EPSILON,
  ],
  'numbers that are written in other ways': [
    1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308,
  ],
  'numbers that are no sum of halves': [0.1, 0.1 + 0.2, 1 / 3, 100.1, 4.35],
  'a number by itself': 1e21,
  'keys in no order': { z: 1, a: 2, m: { y: 1, b: 2 }, B: 3, '': 4 },
  'keys that look like numbers': { b: 1, '-1': 2, '01': 3, '1.5': 4 },
  'keys that mean something elsewhere': {
    constructor: 1,
    toString: 2,
    hasOwnProperty: 3,
    length: 4,
    $ref: 5,
  },
  'a key called __proto__': JSON.parse('{"a":1,"__proto__":{"b":2},"c":[{"__proto__":null}]}'),
  'keys with strange characters': { '\u0000': 1, '\ud800': 2, '\u{1F600}': 3, '"': 4, '\\': 5, '\u2028': 6 },
  'strings with strange characters': [
    '\u0000',
    '\ud800',
    '\udc00\ud800',
    '\u{1F600}',
    '"\\/\b\f\n\r\t',
    '\u2028',
  ],
  'what looks like a date': { at: '2026-01-01T00:00:00.000Z', createdAt: '2026-01-01' },
  'the same object twice': ((shared) => ({ one: shared, other: [shared, shared] }))({ a: 1 }),
  'a thousand levels of arrays': nested(MAX_JSON_DEPTH) as Json,
  'many members': Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${9_999 - i}`, i])),
  'an object without a prototype': Object.assign(Object.create(null), { b: 1, a: 2 }),
}

type Keep = (store: Nouns, json: Json) => Promise<Json | undefined>

const places: Readonly<Record<string, Keep>> = {
  'the content of an artifact': async (store, content) => {
    const { id } = await anArtifact(store, { runId: (await aRun(store)).id, content })
    return (await store.artifacts.get(id))?.content
  },
  'the metadata of an artifact': async (store, metadata) => {
    const { id: runId } = await aRun(store)
    const added = await anArtifact(store, { runId, metadata })
    mustBeSame(added.metadata, metadata)
    mustBeSame((await store.artifacts.get(added.id))?.metadata, metadata)
    return (await store.artifacts.list({ runId })).items[0]?.metadata
  },
  'the metadata of a synthesis': async (store, metadata) => {
    const { id: runId } = await aRun(store)
    const added = await aSynthesis(store, { runId, metadata })
    mustBeSame(added.metadata, metadata)
    mustBeSame((await store.syntheses.latest({ specId: 'SPEC-1', stage: 'plan' }))?.metadata, metadata)
    return (await store.syntheses.list({ runId })).items[0]?.metadata
  },
}

export function json(it: It): void {
  describe('JSON', () => {
    for (const [place, keep] of Object.entries(places)) {
      for (const [kind, value] of Object.entries(values)) {
        it(`comes back exactly from ${place}: ${kind}`, async ({ store }) => {
          mustBeSame(await keep(store, value), value)
        })
      }
    }

    it('comes back exactly from a bundle, and from one recorded elsewhere', async ({ store, openStore }) => {
      const { id: runId } = await aRun(store)
      for (const [id, content] of Object.entries(values)) {
        await anArtifact(store, { runId, id, content, metadata: content })
      }
      const bundle = (await store.runs.bundle(runId))!
      const other = await openStore()
      await other.runs.record(bundle)

      for (const { artifacts } of [bundle, (await other.runs.bundle(runId))!]) {
        for (const { id, content, metadata } of artifacts) {
          mustBeSame(content, values[id])
          mustBeSame(metadata, values[id])
        }
      }
    })

    it('that cannot be kept is refused by the path to what is wrong', async ({ store }) => {
      const { id: runId } = await aRun(store)
      await changesNothing(store, async () => {
        for (const [path, content] of Object.entries({
          'content.items[3]': { items: [0, 1, 2, undefined] },
          'content.a.b': { a: { b: Number.NaN } },
          'content[0]': [new Date(0)],
        })) {
          const error = await refusal('INVALID', anArtifact(store, { runId, content: content as Json }))
          expect(error.message).toContain(path)
        }
      })
    })
  })
}

/** Expects two values to be the same to a program that looks at them: the order of keys and the sign of zero too. */
function mustBeSame(actual: unknown, expected: unknown): void {
  expect(difference(actual, expected, '')).toBeUndefined()
}

function difference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (typeof expected !== 'object' || expected === null) {
    return Object.is(actual, expected) ? undefined : `${path} is ${String(actual)}, not ${String(expected)}`
  }
  if (typeof actual !== 'object' || actual === null) return `${path} is ${String(actual)}`
  if (Array.isArray(actual) !== Array.isArray(expected)) return `${path} is another kind of thing`
  const [keys, wanted] = [Object.keys(actual), Object.keys(expected)]
  if (JSON.stringify(keys) !== JSON.stringify(wanted)) return `${path} has the keys ${keys}, not ${wanted}`
  for (const key of keys) {
    const found = difference(
      (actual as Record<string, unknown>)[key],
      (expected as Record<string, unknown>)[key],
      `${path}/${key}`,
    )
    if (found) return found
  }
  return undefined
}
