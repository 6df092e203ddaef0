import {
  type Bundle,
  compareText,
  conflict,
  continuesLog,
  createdPosition,
  type Draft,
  decodeJson,
  type EncodedBundle,
  executionPosition,
  newestFirst,
  type Position,
  type Run,
} from '@consensus-store/core'
import { append, artifactIn, bodyIn, executionIn, keep, knownRun, type State, synthesisIn } from './state.ts'

export function bundleOf(state: State, id: string): Bundle | undefined {
  const history = state.histories.get(id)
  if (!history) return undefined
  const text = (digest: string) => bodyIn(state, id, digest)
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
  const stored = state.logs.get(id) ?? []
  if (!continuesLog(stored, bundle.events)) {
    if (!continuesLog(bundle.events, stored)) throw conflict(`Run ${id} is stored with another log`)
    mustBeFree(state, bundle)
    const added = bundle.events.slice(stored.length)
    for (const { sequence: _, ...draft } of added) append(state, id, draft as Draft)
    for (const body of bodiesOf(bundle)) keep(state, id, body)
  }
  return knownRun(state, id)
}

/** CONFLICT, naming the first, when ids the bundle brings belong to another run. */
function mustBeFree(state: State, bundle: EncodedBundle): void {
  const [taken] = owners(state, bundle)
  if (taken) throw conflict(`${taken.id} is in the bundle, but belongs to run ${taken.runId}`)
}

/** Ids the bundle brings that belong to another run, and those runs. */
export function owners(
  state: State,
  { run, executions, artifacts, syntheses }: EncodedBundle,
): readonly { readonly id: string; readonly runId: string }[] {
  const owned = [
    ...executions.flatMap(({ row }) => executionIn(state, row.agentId) ?? []),
    ...artifacts.flatMap(({ row }) => artifactIn(state, row.id) ?? []),
    ...syntheses.flatMap(({ row }) => synthesisIn(state, row.id) ?? []),
  ]
  return owned
    .filter(({ runId }) => runId !== run.id)
    .map((row) => ({ id: 'agentId' in row ? row.agentId : row.id, runId: row.runId }))
    .sort((a, b) => compareText(a.id, b.id) || compareText(a.runId, b.runId))
}

const bodiesOf = ({ executions, artifacts, syntheses }: EncodedBundle) => [
  ...executions.flatMap(({ response }) => (response ? [response] : [])),
  ...artifacts.flatMap(({ content, metadata }) => [content, metadata]),
  ...syntheses.flatMap(({ markdown, metadata }) => [markdown, metadata]),
]
