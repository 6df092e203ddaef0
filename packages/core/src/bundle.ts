import { name, options } from './argument.ts'
import type { ArtifactFacts, ArtifactWithContent } from './artifact.ts'
import { type Body, jsonBody, textBody } from './body.ts'
import { differingBody, differingMembers, differingRows, type RowDifference } from './difference.ts'
import { invalid, StoreError } from './error.ts'
import { checkLogEntry, type LogEntry } from './event.ts'
import type { Execution } from './execution.ts'
import { fold, type History } from './history.ts'
import { decodeJson, encodeJson } from './json.ts'
import type { Run } from './run.ts'
import { brokenSeal } from './seal.ts'
import type { SynthesisFacts, SynthesisWithMarkdown } from './synthesis.ts'
import { bodiesToldBy } from './told-body.ts'

/** An execution with what its agent answered. */
export interface ExecutionWithResponse extends Execution {
  readonly response: string | undefined
}

/**
 * Everything one run owns, as one value: the unit in which histories move between stores.
 * Executions, artifacts and syntheses are oldest first, then by id; events are in the order of their sequence.
 */
export interface Bundle {
  readonly run: Run
  readonly executions: readonly ExecutionWithResponse[]
  readonly artifacts: readonly ArtifactWithContent[]
  readonly syntheses: readonly SynthesisWithMarkdown[]
  readonly events: readonly LogEntry[]
}

/** A bundle with its bodies as the texts a store keeps, each with its digest. */
export interface EncodedBundle {
  readonly run: Run
  readonly executions: readonly EncodedExecution[]
  readonly artifacts: readonly EncodedArtifact[]
  readonly syntheses: readonly EncodedSynthesis[]
  readonly events: readonly LogEntry[]
}

/** An execution as a store keeps it. */
export interface EncodedExecution {
  readonly row: Execution
  readonly response: Body | undefined
}

/** An artifact as a store keeps it. */
export interface EncodedArtifact {
  readonly row: ArtifactFacts
  readonly content: Body
  readonly metadata: Body
}

/** A synthesis as a store keeps it. */
export interface EncodedSynthesis {
  readonly row: SynthesisFacts
  readonly markdown: Body
  readonly metadata: Body
}

/** What was encoded, with its bodies as they were. */
export const decodeBundle = ({ run, executions, artifacts, syntheses, events }: EncodedBundle): Bundle => ({
  run,
  executions: executions.map(({ row, response }) => ({ ...row, response: response?.text })),
  artifacts: artifacts.map(({ row, content, metadata }) => ({
    ...row,
    metadata: decodeJson(metadata.text),
    content: decodeJson(content.text),
  })),
  syntheses: syntheses.map(({ row, markdown, metadata }) => ({
    ...row,
    metadata: decodeJson(metadata.text),
    markdown: markdown.text,
  })),
  events,
})

/** INVALID, naming the member, when a body is not one that can be kept. */
export function encodeBundle(bundle: Bundle): EncodedBundle {
  const { run, executions, artifacts, syntheses, events } = options(bundle, 'bundle')
  return {
    run: options(run, 'bundle.run'),
    executions: items(executions, 'executions', ({ response, ...row }, at) => ({
      row,
      response: response === undefined ? undefined : textBody(response, `${at}.response`),
    })),
    artifacts: items(artifacts, 'artifacts', ({ content, metadata, ...row }, at) => ({
      row,
      content: jsonBody(content, `${at}.content`),
      metadata: jsonBody(metadata, `${at}.metadata`),
    })),
    syntheses: items(syntheses, 'syntheses', ({ markdown, metadata, ...row }, at) => ({
      row,
      markdown: textBody(markdown, `${at}.markdown`),
      metadata: jsonBody(metadata, `${at}.metadata`),
    })),
    events: items(events, 'events', checkLogEntry),
  }
}

/**
 * What a store may record: a bundle whose log is well formed and says what its rows and bodies are.
 * INVALID, naming what is wrong, otherwise. The rows are those the log tells.
 */
export function checkBundle(bundle: Bundle): EncodedBundle {
  const encoded = encodeBundle(bundle)
  const history = historyOf(name(encoded.run.id, 'bundle.run.id'), encoded.events)
  const [difference] = differencesOf(encoded, history)
  if (difference)
    throw invalid('bundle', `does not hold together: ${difference.subject} ${difference.message}`)
  return {
    run: history.run,
    executions: encoded.executions.map((item) => ({
      ...item,
      row: history.executions.get(item.row.agentId)!,
    })),
    artifacts: encoded.artifacts.map((item) => ({ ...item, row: history.artifacts.get(item.row.id)! })),
    syntheses: encoded.syntheses.map((item) => ({ ...item, row: history.syntheses.get(item.row.id)! })),
    events: encoded.events,
  }
}

function historyOf(runId: string, events: readonly LogEntry[]): History {
  try {
    return fold(runId, events)
  } catch (error) {
    throw error instanceof StoreError
      ? invalid('bundle.events', `do not hold together: ${error.message}`)
      : error
  }
}

function items<T extends object, R>(
  value: readonly T[],
  member: string,
  check: (item: T, path: string) => R,
): readonly R[] {
  if (!Array.isArray(value)) throw invalid(`bundle.${member}`, 'must be an array')
  return Array.from(value as readonly T[], (item, i) => {
    const path = `bundle.${member}[${i}]`
    return check(options(item, path), path)
  })
}

/** Where a bundle's rows and bodies are not what its own log says. */
function differencesOf(bundle: EncodedBundle, history: History): readonly RowDifference[] {
  const { run, executions, artifacts, syntheses, events } = bundle
  const told = new Map(
    bodiesToldBy(events).map(({ noun, id, member, ref }) => [`${noun} ${id} ${member}`, ref]),
  )
  const bodies = bodiesOf(bundle).flatMap(([subject, member, body]) => {
    const ref = told.get(`${subject} ${member}`)
    if (ref) return differingBody(subject, member, body, ref)
    return body ? [untoldBody(subject, member)] : []
  })
  const rows = <Row>(items: readonly { readonly row: Row }[], idOf: (row: Row) => string) =>
    items.map(({ row }) => ({ id: idOf(row), row }))
  return [
    ...differingMembers('run', run, history.run),
    ...differingRows(
      'execution',
      rows(executions, ({ agentId }) => agentId),
      history.executions,
    ),
    ...differingRows(
      'artifact',
      rows(artifacts, ({ id }) => id),
      history.artifacts,
    ),
    ...differingRows(
      'synthesis',
      rows(syntheses, ({ id }) => id),
      history.syntheses,
    ),
    ...bodies,
    ...brokenSeal(events),
  ]
}

const bodiesOf = ({ executions, artifacts, syntheses }: EncodedBundle) => [
  ...executions.map(({ row, response }) => [`execution ${row.agentId}`, 'response', response] as const),
  ...artifacts.flatMap(({ row, content, metadata }) => [
    [`artifact ${row.id}`, 'content', content] as const,
    [`artifact ${row.id}`, 'metadata', metadata] as const,
  ]),
  ...syntheses.flatMap(({ row, markdown, metadata }) => [
    [`synthesis ${row.id}`, 'markdown', markdown] as const,
    [`synthesis ${row.id}`, 'metadata', metadata] as const,
  ]),
]

const untoldBody = (subject: string, member: string): RowDifference => ({
  subject,
  what: 'untold',
  member,
  message: `has a ${member} that no event tells of`,
})

/** One line of text that `parseBundle` turns back into the same bundle. */
export const stringifyBundle = ({ run, executions, artifacts, syntheses, events }: Bundle): string =>
  encodeJson(
    {
      run: plainRow(run),
      executions: executions.map(plainRow),
      artifacts: artifacts.map(plainRow),
      syntheses: syntheses.map(plainRow),
      events: events.map(plainRow),
    },
    'bundle',
    AROUND_BODIES,
  )

/** Levels of a bundle that are around the content of an artifact: the bundle, its artifacts, and the one. */
const AROUND_BODIES = 3

/** Reads what `stringifyBundle` wrote. INVALID when it is not JSON; whether it holds together is for `record` to say. */
export function parseBundle(line: string): Bundle {
  const bundle = parsed(line)
  return {
    run: reviveRow(bundle.run),
    executions: reviveRows(bundle.executions),
    artifacts: reviveRows(bundle.artifacts),
    syntheses: reviveRows(bundle.syntheses),
    events: reviveRows(bundle.events),
  }
}

function parsed(line: string): Bundle {
  try {
    return options(JSON.parse(line), 'bundle')
  } catch (error) {
    throw error instanceof StoreError
      ? error
      : new StoreError('INVALID', `bundle is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

const plainRow = (row: object) =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, value instanceof Date ? value.toISOString() : value]),
  )

const reviveRows = <Row>(rows: readonly Row[]): readonly Row[] =>
  Array.isArray(rows) ? rows.map(reviveRow) : rows

/** Only a row's own fields can be instants; what looks like one inside a body is left alone. */
const reviveRow = <Row>(row: Row): Row =>
  typeof row === 'object' && row !== null
    ? (Object.fromEntries(
        Object.entries(row).map(([field, value]) => [
          field,
          typeof value === 'string' && (field === 'at' || field.endsWith('At')) ? new Date(value) : value,
        ]),
      ) as Row)
    : row
