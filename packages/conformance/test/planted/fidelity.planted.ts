// Whatever is kept comes back exactly: every character, every key in its place, the sign of zero.
import type { Json } from '@consensus-store/core'
import { changed, plant } from './plant.ts'

type Text = (text: string) => string
type Change = (json: Json) => unknown

const responses = (fault: string, by: string, spoil: Text) =>
  plant(fault, by, 'text', (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        response: async (agentId) => {
          const response = await executions.response(agentId)
          return response && spoil(response)
        },
      },
    })),
  )

const markdowns = (fault: string, by: string, spoil: Text) =>
  plant(fault, by, 'text', (store) =>
    changed(store, ({ syntheses }) => ({
      syntheses: {
        get: async (id) => {
          const synthesis = await syntheses.get(id)
          return synthesis && { ...synthesis, markdown: spoil(synthesis.markdown) }
        },
      },
    })),
  )

const contents = (fault: string, by: string, spoil: Change) =>
  plant(fault, by, 'json', (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        get: async (id) => {
          const artifact = await artifacts.get(id)
          return artifact && { ...artifact, content: spoil(artifact.content) as Json }
        },
      },
    })),
  )

responses(
  'a response ends at U+0000',
  'comes back exactly from a response: U+0000',
  (text) => text.split('\0')[0]!,
)
responses(
  'half a surrogate pair in a response is replaced',
  'comes back exactly from a response: half a surrogate pair, the first',
  (text) => Buffer.from(text).toString(),
)
responses(
  'a response loses its byte order mark',
  'comes back exactly from a response: a byte order mark',
  (text) => text.replace(/^\ufeff/, ''),
)
responses('a response is cut at a mebibyte', 'of 16 MiB comes back exactly from a response', (text) =>
  text.slice(0, 2 ** 20),
)
markdowns(
  'line ends of a markdown are made one',
  'comes back exactly from a markdown: all kinds of line ends',
  (text) => text.replaceAll('\r\n', '\n'),
)
markdowns(
  'a markdown is normalized',
  'comes back exactly from a markdown: characters that have two forms',
  (text) => text.normalize('NFC'),
)
markdowns('a markdown is trimmed', 'comes back exactly from a markdown: a byte order mark', (text) =>
  text.trim(),
)

plant(
  'an empty response is none',
  'complete with an empty response, which is not no response',
  'executions',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: { response: async (agentId) => (await executions.response(agentId)) || undefined },
    })),
)

plant(
  'a long message of a failure is cut',
  'comes back exactly from the message of a failure: every unit a string can hold',
  'text',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        fail: (id, report) => executions.fail(id, { ...report, message: report.message.slice(0, 1_000) }),
      },
    })),
)

plant(
  'names are trimmed',
  'of any characters but control characters may be a name, and comes back exactly',
  'text',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: { start: (input) => runs.start({ ...input, branch: input.branch?.trim() || 'main' }) },
    })),
)

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** The same JSON with every value in it that holds no other replaced. */
function leaves(json: Json, replace: (leaf: Json) => unknown): unknown {
  if (typeof json !== 'object' || json === null) return replace(json)
  if (Array.isArray(json)) return json.map((item) => leaves(item, replace))
  return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, leaves(member, replace)]))
}

contents('keys are sorted', 'comes back exactly from the content of an artifact: keys in no order', (json) =>
  isObject(json) ? Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))) : json,
)
contents(
  'negative zero is zero',
  'comes back exactly from the content of an artifact: zero and its negative',
  (json) => leaves(json, (leaf) => (leaf === 0 ? 0 : leaf)),
)
contents(
  'numbers have fifteen digits',
  'comes back exactly from the content of an artifact: numbers at the edges',
  (json) =>
    leaves(json, (leaf) => (typeof leaf === 'number' && leaf !== 0 ? Number(leaf.toPrecision(15)) : leaf)),
)
contents(
  'a key called __proto__ is lost',
  'comes back exactly from the content of an artifact: a key called __proto__',
  (json) => {
    if (!isObject(json)) return json
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(json)) copy[key] = json[key]
    return copy
  },
)
contents(
  'empty objects are null',
  'comes back exactly from the content of an artifact: an empty object',
  (json) => (isObject(json) && Object.keys(json).length === 0 ? null : json),
)
contents(
  'strings that look like dates are dates',
  'comes back exactly from the content of an artifact: what looks like a date',
  (json) =>
    leaves(json, (leaf) => (typeof leaf === 'string' && /^\d{4}-.*Z$/.test(leaf) ? new Date(leaf) : leaf)),
)

plant(
  'metadata that are null are empty',
  'comes back exactly from the metadata of a synthesis: null',
  'json',
  (store) =>
    changed(store, ({ syntheses }) => ({
      syntheses: { add: (input) => syntheses.add({ ...input, metadata: input.metadata ?? {} }) },
    })),
)
