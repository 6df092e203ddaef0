import type { ArtifactFacts, Execution, Run, SynthesisFacts } from '@consensus-store/core'
import type { InsertObject } from 'kysely'
import type { Schema } from './schema.ts'
import type { Arguments } from './statement.ts'

/** A value for every column, also for those that may be null: a column that is forgotten does not compile. */
export type RowValues<T extends keyof Schema> = Required<InsertObject<Schema, T>>

export function runValues<A extends Run>(given: Arguments<A>): RowValues<'run'> {
  const arg = only<Run, A>(given)
  return {
    id: arg.text('id'),
    spec_id: arg.text('specId'),
    stage: arg.text('stage'),
    branch: arg.text('branch'),
    expected_agents: arg.json('expectedAgents'),
    labels: arg.json('labels'),
    started_at: arg.instant('startedAt'),
    archived_at: arg.instant('archivedAt'),
    ...laterRunValues(arg),
  }
}

/** What events after the first may change of a run. */
export function laterRunValues<A extends Run>(given: Arguments<A>) {
  const arg = only<Run, A>(given)
  return {
    status: arg.text('status'),
    verdict: arg.text('verdict'),
    missing_agents: arg.json('missingAgents'),
    agreements: arg.json('agreements'),
    conflicts: arg.json('conflicts'),
    pinned: arg.flag('pinned'),
    concluded_at: arg.instant('concludedAt'),
    seal: arg.text('seal'),
    last_sequence: arg.number('lastSequence'),
  }
}

/** Whose a row is, and where its body is: that is not always said by the row itself. */
type Placed<T extends keyof Schema, C extends keyof RowValues<T>> = Pick<RowValues<T>, C>

export function executionValues<A extends Execution>(
  given: Arguments<A>,
  placed: Placed<'execution', 'run_id' | 'response_position'>,
): RowValues<'execution'> {
  const row = only<Execution, A>(given)
  return {
    agent_id: row.text('agentId'),
    spec_id: row.text('specId'),
    stage: row.text('stage'),
    branch: row.text('branch'),
    agent_name: row.text('agentName'),
    phase_type: row.text('phaseType'),
    model_version: row.text('modelVersion'),
    spawned_at: row.instant('spawnedAt'),
    ...laterExecutionValues(row),
    ...placed,
  }
}

/** What events after the first may change of an execution. */
export function laterExecutionValues<A extends Execution>(given: Arguments<A>) {
  const row = only<Execution, A>(given)
  return {
    status: row.text('status'),
    started_at: row.instant('startedAt'),
    ended_at: row.instant('endedAt'),
    failure: row.json('failure'),
    response_bytes: row.number('responseBytes'),
    response_digest: row.text('responseDigest'),
  }
}

export function artifactValues<A extends ArtifactFacts>(
  given: Arguments<A>,
  placed: Placed<'artifact', 'run_id' | 'content_position' | 'metadata'>,
): RowValues<'artifact'> {
  const row = only<ArtifactFacts, A>(given)
  return {
    id: row.text('id'),
    spec_id: row.text('specId'),
    stage: row.text('stage'),
    branch: row.text('branch'),
    agent_name: row.text('agentName'),
    model_version: row.text('modelVersion'),
    created_at: row.instant('createdAt'),
    content_bytes: row.number('contentBytes'),
    content_digest: row.text('contentDigest'),
    metadata_digest: row.text('metadataDigest'),
    ...placed,
  }
}

export function synthesisValues<A extends SynthesisFacts>(
  given: Arguments<A>,
  placed: Placed<'synthesis', 'run_id' | 'markdown_position' | 'metadata'>,
): RowValues<'synthesis'> {
  const row = only<SynthesisFacts, A>(given)
  return {
    id: row.text('id'),
    spec_id: row.text('specId'),
    stage: row.text('stage'),
    branch: row.text('branch'),
    verdict: row.text('verdict'),
    agreements: row.json('agreements'),
    conflicts: row.json('conflicts'),
    output_path: row.text('outputPath'),
    created_at: row.instant('createdAt'),
    markdown_bytes: row.number('markdownBytes'),
    markdown_digest: row.text('markdownDigest'),
    metadata_digest: row.text('metadataDigest'),
    ...placed,
  }
}

/** Arguments that say more than a row say the row too, which the compiler cannot tell. */
const only = <R, A extends R>(given: Arguments<A>) => given as unknown as Arguments<R>
