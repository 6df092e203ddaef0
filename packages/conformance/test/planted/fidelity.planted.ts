// Whatever is kept comes back exactly: every character, every key in its place, the sign of zero.
import type { Json } from '@consensus-store/core'
import { changed, plant } from './plant.ts'

type Text = (text: string) => string
type Change = (json: Json) => unknown

const responses = (fault: string, spoil: Text) =>
  plant(fault, 'text', (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        response: async (agentId) => {
          const response = await executions.response(agentId)
          return response && spoil(response)
        },
      },
    })),
  )

const markdowns = (fault: string, spoil: Text) =>
  plant(fault, 'text', (store) =>
    changed(store, ({ syntheses }) => ({
      syntheses: {
        get: async (id) => {
          const synthesis = await syntheses.get(id)
          return synthesis && { ...synthesis, markdown: spoil(synthesis.markdown) }
        },
      },
    })),
  )

const contents = (fault: string, spoil: Change) =>
  plant(fault, 'json', (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        get: async (id) => {
          const artifact = await artifacts.get(id)
          return artifact && { ...artifact, content: spoil(artifact.content) as Json }
        },
      },
    })),
  )

responses('a response ends at U+0000', (text) => text.split('\0')[0]!)
responses('half a surrogate pair in a response is replaced', (text) => Buffer.from(text).toString())
responses('a response loses its byte order mark', (text) => text.replace(/^\ufeff/, ''))
responses('a response is cut at a mebibyte', (text) => text.slice(0, 2 ** 20))
markdowns('line ends of a markdown are made one', (text) => text.replaceAll('\r\n', '\n'))
markdowns('a markdown is normalized', (text) => text.normalize('NFC'))
markdowns('a markdown is trimmed', (text) => text.trim())

plant('an empty response is none', 'executions', (store) =>
  changed(store, ({ executions }) => ({
    executions: { response: async (agentId) => (await executions.response(agentId)) || undefined },
  })),
)

plant('a long message of a failure is cut', 'text', (store) =>
  changed(store, ({ executions }) => ({
    executions: {
      fail: (id, report) => executions.fail(id, { ...report, message: report.message.slice(0, 1_000) }),
    },
  })),
)

plant('names are trimmed', 'text', (store) =>
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

contents('keys are sorted', (json) =>
  isObject(json) ? Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))) : json,
)
contents('negative zero is zero', (json) => leaves(json, (leaf) => (leaf === 0 ? 0 : leaf)))
contents('numbers have fifteen digits', (json) =>
  leaves(json, (leaf) => (typeof leaf === 'number' && leaf !== 0 ? Number(leaf.toPrecision(15)) : leaf)),
)
contents('a key called __proto__ is lost', (json) => {
  if (!isObject(json)) return json
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(json)) copy[key] = json[key]
  return copy
})
contents('empty objects are null', (json) => (isObject(json) && Object.keys(json).length === 0 ? null : json))
contents('strings that look like dates are dates', (json) =>
  leaves(json, (leaf) => (typeof leaf === 'string' && /^\d{4}-.*Z$/.test(leaf) ? new Date(leaf) : leaf)),
)

plant('metadata that are null are empty', 'json', (store) =>
  changed(store, ({ syntheses }) => ({
    syntheses: { add: (input) => syntheses.add({ ...input, metadata: input.metadata ?? {} }) },
  })),
)
