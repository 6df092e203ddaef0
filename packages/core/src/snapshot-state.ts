import type { ArtifactFacts } from './artifact.ts'
import type { Execution } from './execution.ts'
import type { History } from './history.ts'
import { type Run, runStarted, startedRun } from './run.ts'
import type { SynthesisFacts } from './synthesis.ts'

/**
 * A history as text. What it owns is written as lists of members, without those that the run says for all of them: there may
 * be thousands, and who reads them wants to be done before the log itself would be folded.
 */
export const encodeHistory = ({ run, executions, artifacts, syntheses }: History): string =>
  JSON.stringify([
    fromRun(run),
    [...executions.values()].map(fromExecution),
    [...artifacts.values()].map(fromArtifact),
    [...syntheses.values()].map(fromSynthesis),
  ])

/** The history that `encodeHistory` wrote, of a text that it did write. */
export function decodeHistory(text: string): History {
  const [ofRun, executions, artifacts, syntheses]: [
    ReturnType<typeof fromRun>,
    ReturnType<typeof fromExecution>[],
    ReturnType<typeof fromArtifact>[],
    ReturnType<typeof fromSynthesis>[],
  ] = JSON.parse(text)
  const run = toRun(ofRun)
  return {
    run,
    executions: new Map(executions.map((members) => [members[0], toExecution(run, members)])),
    artifacts: new Map(artifacts.map((members) => [members[0], toArtifact(run, members)])),
    syntheses: new Map(syntheses.map((members) => [members[0], toSynthesis(run, members)])),
  }
}

const msOf = (at: Date | undefined) => at?.getTime()
const dateOf = (ms: number) => new Date(ms)
/** In a list, JSON has `null` for what is `undefined`. */
const orUndefined = <T>(value: T | null): T | undefined => value ?? undefined
const optionalDate = (ms: number | null | undefined) => (typeof ms === 'number' ? new Date(ms) : undefined)

const fromRun = ({ startedAt, concludedAt, ...members }: Run) => ({
  ...members,
  startedAt: startedAt.getTime(),
  concludedAt: msOf(concludedAt),
})

/** What a run says when it has just started, and says no more, is what JSON leaves out: `undefined`. */
const toRun = ({ startedAt, concludedAt, ...members }: ReturnType<typeof fromRun>): Run => ({
  ...startedRun(members.id, dateOf(startedAt), runStarted(members as Run)),
  ...members,
  concludedAt: optionalDate(concludedAt),
})

const fromExecution = (execution: Execution) =>
  [
    execution.agentId,
    execution.agentName,
    execution.phaseType,
    execution.modelVersion,
    execution.status,
    execution.spawnedAt.getTime(),
    msOf(execution.startedAt),
    msOf(execution.endedAt),
    execution.failure,
    execution.responseBytes,
    execution.responseDigest,
  ] as const

const toExecution = (run: Run, members: ReturnType<typeof fromExecution>): Execution => ({
  agentId: members[0],
  runId: run.id,
  specId: run.specId,
  stage: run.stage,
  branch: run.branch,
  agentName: members[1],
  phaseType: members[2],
  modelVersion: orUndefined(members[3]),
  status: members[4],
  spawnedAt: dateOf(members[5]),
  startedAt: optionalDate(members[6]),
  endedAt: optionalDate(members[7]),
  failure: orUndefined(members[8]),
  responseBytes: orUndefined(members[9]),
  responseDigest: orUndefined(members[10]),
})

const fromArtifact = (artifact: ArtifactFacts) =>
  [
    artifact.id,
    artifact.agentName,
    artifact.modelVersion,
    artifact.createdAt.getTime(),
    artifact.contentBytes,
    artifact.contentDigest,
    artifact.metadataDigest,
  ] as const

const toArtifact = (run: Run, members: ReturnType<typeof fromArtifact>): ArtifactFacts => ({
  id: members[0],
  runId: run.id,
  specId: run.specId,
  stage: run.stage,
  branch: run.branch,
  agentName: members[1],
  modelVersion: orUndefined(members[2]),
  createdAt: dateOf(members[3]),
  contentBytes: members[4],
  contentDigest: members[5],
  metadataDigest: members[6],
})

const fromSynthesis = (synthesis: SynthesisFacts) =>
  [
    synthesis.id,
    synthesis.verdict,
    synthesis.agreements,
    synthesis.conflicts,
    synthesis.outputPath,
    synthesis.createdAt.getTime(),
    synthesis.markdownBytes,
    synthesis.markdownDigest,
    synthesis.metadataDigest,
  ] as const

const toSynthesis = (run: Run, members: ReturnType<typeof fromSynthesis>): SynthesisFacts => ({
  id: members[0],
  runId: run.id,
  specId: run.specId,
  stage: run.stage,
  branch: run.branch,
  verdict: members[1],
  agreements: members[2],
  conflicts: members[3],
  outputPath: orUndefined(members[4]),
  createdAt: dateOf(members[5]),
  markdownBytes: members[6],
  markdownDigest: members[7],
  metadataDigest: members[8],
})
