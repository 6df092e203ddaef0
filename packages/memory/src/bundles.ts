import {
  type Bundle,
  conflict,
  createdPosition,
  type Draft,
  decodeJson,
  type EncodedBundle,
  executionPosition,
  newestFirst,
  type Position,
  type Run,
  sameLog,
} from '@consensus-store/core'
import { append, artifactIn, executionIn, knownRun, type State, synthesisIn } from './state.ts'

export function bundleOf(state: State, id: string): Bundle | undefined {
  const history = state.histories.get(id)
  if (!history) return undefined
  const text = (digest: string) => state.bodies.get(digest)!
  return {
    run: history.run,
    executions: oldestFirst(history.executions, executionPosition).map((execution) => ({
      ...execution,
      response: execution.responseDigest === undefined ? undefined : text(execution.responseDigest),
    })),
    artifacts: oldestFirst(history.artifacts, createdPosition).map((artifact) => ({
      ...artifact,
      metadata: decodeJson(text(artifact.metadataDigest)),
      content: decodeJson(text(artifact.contentDigest)),
    })),
    syntheses: oldestFirst(history.syntheses, createdPosition).map((synthesis) => ({
      ...synthesis,
      metadata: decodeJson(text(synthesis.metadataDigest)),
      markdown: text(synthesis.markdownDigest),
    })),
    events: state.logs.get(id)!.map(({ runId: _, position: __, ...entry }) => entry),
  }
}

const oldestFirst = <T>(rows: ReadonlyMap<string, T>, positionOf: (row: T) => Position): T[] =>
  [...rows.values()].sort((a, b) => newestFirst(positionOf(b), positionOf(a)))

export function recordBundle(state: State, bundle: EncodedBundle): Run {
  const { id } = bundle.run
  const stored = state.logs.get(id)
  if (!stored) {
    mustBeFree(state, bundle)
    for (const { sequence: _, ...draft } of bundle.events) append(state, id, draft as Draft)
    for (const { digest, text } of bodiesOf(bundle)) state.bodies.set(digest, text)
  } else if (!sameLog(stored, bundle.events)) {
    throw conflict(`Run ${id} is stored with another log`)
  }
  return knownRun(state, id)
}

/** CONFLICT when an id the bundle brings belongs to another run. */
function mustBeFree(state: State, { executions, artifacts, syntheses }: EncodedBundle): void {
  const taken =
    executions.find(({ row }) => executionIn(state, row.agentId))?.row.agentId ??
    artifacts.find(({ row }) => artifactIn(state, row.id))?.row.id ??
    syntheses.find(({ row }) => synthesisIn(state, row.id))?.row.id
  if (taken !== undefined) throw conflict(`${taken} belongs to another run`)
}

const bodiesOf = ({ executions, artifacts, syntheses }: EncodedBundle) => [
  ...executions.flatMap(({ response }) => (response ? [response] : [])),
  ...artifacts.flatMap(({ content, metadata }) => [content, metadata]),
  ...syntheses.flatMap(({ markdown, metadata }) => [markdown, metadata]),
]
