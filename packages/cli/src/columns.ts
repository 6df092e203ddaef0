import type { ArtifactFacts, Execution, Run, SynthesisFacts } from '@consensus-store/core'
import type { Output, Style } from './output.ts'
import { span } from './span.ts'
import type { Column } from './table.ts'

type Paint = Output['paint']

/** Minutes are enough to tell rows apart, and leave room for their ids. */
export const minute = (at: Date | undefined): string =>
  at ? at.toISOString().slice(0, 16).replace('T', ' ') : ''

/** An instant in full, where the order of things matters. */
export const millisecond = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', '')

export const size = (bytes: number | undefined): string =>
  bytes === undefined ? '' : bytes.toLocaleString('en-US')

/** Where a run stands, in one word: its verdict says more than that it was concluded. */
export const stateOf = ({ status, verdict }: Run): string => verdict ?? status

export const runColumns = (paint: Paint): readonly Column<Run>[] => [
  { title: 'run', value: (run) => run.id, narrow: 'keep' },
  { title: 'spec', value: (run) => run.specId },
  { title: 'stage', value: (run) => run.stage },
  {
    title: 'state',
    value: stateOf,
    narrow: 'keep',
    paint: (cell, run) => paint(styleOf(stateOf(run)), cell),
  },
  { title: 'started (UTC)', value: (run) => minute(run.startedAt), narrow: 'whole' },
  { title: 'missing', value: (run) => run.missingAgents.join(', ') },
]

export const archivedAt: Column<Run> = {
  title: 'archived (UTC)',
  value: (run) => minute(run.archivedAt),
  narrow: 'whole',
}

const agent: Column<Execution> = { title: 'agent', value: (execution) => execution.agentId, narrow: 'keep' }
const name: Column<Execution> = { title: 'name', value: (execution) => execution.agentName }
const place: readonly Column<Execution>[] = [
  { title: 'spec', value: (execution) => execution.specId },
  { title: 'stage', value: (execution) => execution.stage },
]
const state = (paint: Paint): Column<Execution> => ({
  title: 'state',
  value: (execution) => execution.status,
  narrow: 'keep',
  paint: (cell, { status }) => paint(styleOf(status), cell),
})
const reason: Column<Execution> = {
  title: 'why',
  value: ({ failure }) => (failure ? `${failure.reason}: ${failure.message}` : ''),
}

export const executionColumns = (paint: Paint): readonly Column<Execution>[] => [
  agent,
  name,
  ...place,
  state(paint),
  { title: 'spawned (UTC)', value: (execution) => minute(execution.spawnedAt), narrow: 'whole' },
  { title: 'bytes', value: (execution) => size(execution.responseBytes), align: 'right', narrow: 'whole' },
]

export const failureColumns = (paint: Paint): readonly Column<Execution>[] => [
  agent,
  name,
  ...place,
  state(paint),
  { title: 'ended (UTC)', value: (execution) => minute(execution.endedAt), narrow: 'whole' },
  reason,
]

/** Failures of one run, which need not repeat where they belong. */
export const turnFailureColumns = (paint: Paint): readonly Column<Execution>[] => [
  agent,
  name,
  state(paint),
  { title: 'ended (UTC)', value: (execution) => minute(execution.endedAt), narrow: 'whole' },
  reason,
]

export const staleColumns = (paint: Paint, now: Date): readonly Column<Execution>[] => [
  agent,
  name,
  ...place,
  state(paint),
  {
    title: 'out for',
    value: (execution) => span(now.getTime() - execution.spawnedAt.getTime()),
    narrow: 'whole',
  },
]

/** The executions of one run, which need not repeat where they belong. */
export const turnColumns = (paint: Paint): readonly Column<Execution>[] => [
  agent,
  name,
  { title: 'phase', value: (execution) => execution.phaseType },
  state(paint),
  { title: 'spawned (UTC)', value: (execution) => minute(execution.spawnedAt), narrow: 'whole' },
  { title: 'bytes', value: (execution) => size(execution.responseBytes), align: 'right', narrow: 'whole' },
  reason,
]

export const artifactColumns: readonly Column<ArtifactFacts>[] = [
  { title: 'artifact', value: (artifact) => artifact.id, narrow: 'keep' },
  { title: 'by', value: (artifact) => artifact.agentName },
  { title: 'model', value: (artifact) => artifact.modelVersion ?? '' },
  { title: 'added (UTC)', value: (artifact) => minute(artifact.createdAt), narrow: 'whole' },
  { title: 'bytes', value: (artifact) => size(artifact.contentBytes), align: 'right', narrow: 'whole' },
]

export const synthesisColumns = (paint: Paint): readonly Column<SynthesisFacts>[] => [
  { title: 'synthesis', value: (synthesis) => synthesis.id, narrow: 'keep' },
  {
    title: 'verdict',
    value: (synthesis) => synthesis.verdict,
    narrow: 'keep',
    paint: (cell, { verdict }) => paint(styleOf(verdict), cell),
  },
  { title: 'added (UTC)', value: (synthesis) => minute(synthesis.createdAt), narrow: 'whole' },
  { title: 'bytes', value: (synthesis) => size(synthesis.markdownBytes), align: 'right', narrow: 'whole' },
]

export function styleOf(state: string): Style {
  if (state === 'unanimous' || state === 'completed') return 'green'
  if (state === 'degraded' || state === 'timed-out') return 'yellow'
  if (state === 'failed') return 'red'
  return state === 'running' || state === 'spawned' ? 'cyan' : 'dim'
}
