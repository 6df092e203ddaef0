import { at, name, optionalName, options } from './argument.ts'
import { type Body, type BodyRef, bodyRef, checkBodyRef, jsonBody } from './body.ts'
import { type Env, now } from './env.ts'
import { conflict, invalid } from './error.ts'
import type { Json } from './json.ts'
import { type PageQuery, type PageRequest, type Position, pageRequest } from './page.ts'
import type { Run } from './run.ts'

/** What an artifact's event says of it; its bodies are held by digest. */
export interface ArtifactFacts {
  readonly id: string
  readonly runId: string
  readonly specId: string
  readonly stage: string
  readonly branch: string | undefined
  readonly agentName: string
  readonly modelVersion: string | undefined
  readonly createdAt: Date
  /** Bytes of the content's JSON as UTF-8. */
  readonly contentBytes: number
  readonly contentDigest: string
  readonly metadataDigest: string
}

/** What an agent contributed, as lists show it: all but the content. */
export interface Artifact extends ArtifactFacts {
  readonly metadata: Json
}

/** An artifact with all there is of it. */
export interface ArtifactWithContent extends Artifact {
  readonly content: Json
}

/** What an artifact is added with. The same facts under the same id are the same artifact. */
export interface NewArtifact {
  /** By default a new one. */
  readonly id?: string | undefined
  readonly runId: string
  readonly agentName: string
  readonly modelVersion?: string | undefined
  readonly content: Json
  readonly metadata?: Json | undefined
}

/** The artifacts of one run, or of every run of one stage of one spec. */
export type ArtifactQuery = PageQuery & (OfRun | OfStage)

/** What one run owns. */
export interface OfRun {
  readonly runId: string
}

/** What every run of one stage of one spec owns. */
export interface OfStage {
  readonly specId: string
  readonly stage: string
}

/** What the event that adds an artifact says. */
export interface ArtifactAdded {
  readonly artifactId: string
  readonly agentName: string
  readonly modelVersion?: string
  readonly content: BodyRef
  readonly metadata: BodyRef
}

/** An artifact that is about to be added: its event, and the bodies that are kept beside it. */
export interface ArtifactDraft {
  readonly runId: string
  readonly at: Date
  readonly added: ArtifactAdded
  readonly content: Body
  readonly metadata: Body
}

/** The artifact that `artifacts.add` would write. INVALID, naming the argument, when one is not what it should be. */
export function addArtifact(input: NewArtifact, env: Env): ArtifactDraft {
  const { id, runId, agentName, modelVersion, content, metadata = {} } = options(input, 'artifact')
  const bodies = { content: jsonBody(content, 'content'), metadata: jsonBody(metadata, 'metadata') }
  return {
    runId: name(runId, 'runId'),
    at: now(env),
    added: {
      artifactId: id === undefined ? env.newId() : name(id, 'id'),
      ...checkContributor({ agentName, modelVersion }),
      content: bodyRef(bodies.content),
      metadata: bodyRef(bodies.metadata),
    },
    ...bodies,
  }
}

/** The same facts, each checked. INVALID names the path. */
export const checkArtifactAdded = (added: ArtifactAdded, path: string): ArtifactAdded => ({
  artifactId: name(added.artifactId, at('artifactId', path)),
  ...checkContributor(added, path),
  content: checkBodyRef(added.content, at('content', path)),
  metadata: checkBodyRef(added.metadata, at('metadata', path)),
})

const checkContributor = (
  { agentName, modelVersion }: Pick<NewArtifact, 'agentName' | 'modelVersion'>,
  path?: string,
) => ({
  agentName: name(agentName, at('agentName', path)),
  ...(modelVersion !== undefined && { modelVersion: name(modelVersion, at('modelVersion', path)) }),
})

/** The row of an artifact that was added. */
export function addedArtifact(
  run: Pick<Run, 'id' | 'specId' | 'stage' | 'branch'>,
  at: Date,
  added: ArtifactAdded,
): ArtifactFacts {
  return {
    id: added.artifactId,
    runId: run.id,
    specId: run.specId,
    stage: run.stage,
    branch: run.branch,
    agentName: added.agentName,
    modelVersion: added.modelVersion,
    createdAt: at,
    contentBytes: added.content.bytes,
    contentDigest: added.content.digest,
    metadataDigest: added.metadata.digest,
  }
}

/** False when the same artifact was added already. CONFLICT when the id is another's. */
export function addsArtifactAnew(
  stored: ArtifactFacts | undefined,
  { runId, added }: ArtifactDraft,
): boolean {
  if (!stored) return true
  const same =
    stored.runId === runId &&
    stored.agentName === added.agentName &&
    stored.modelVersion === added.modelVersion &&
    stored.contentDigest === added.content.digest &&
    stored.metadataDigest === added.metadata.digest
  if (same) return false
  throw conflict(`Artifact ${added.artifactId} is another one, in run ${stored.runId}`)
}

/** Where an artifact or a synthesis stands in lists. */
export const createdPosition = ({ createdAt, id }: { createdAt: Date; id: string }): Position => ({
  at: createdAt,
  id,
})

/** A query for what runs own, checked. */
export interface OwnedRequest {
  readonly runId: string | undefined
  readonly specId: string | undefined
  readonly stage: string | undefined
  readonly page: PageRequest
}

/** Checks a query for what runs own: by run, or by spec and stage. */
export function ownedQuery(noun: 'artifacts' | 'syntheses', query: ArtifactQuery): OwnedRequest {
  const { runId, specId, stage } = options<Partial<OfRun & OfStage>>(query, 'query')
  const filters = {
    runId: optionalName(runId, 'runId'),
    specId: optionalName(specId, 'specId'),
    stage: optionalName(stage, 'stage'),
  }
  const byRun = filters.runId !== undefined
  const byStage = filters.specId !== undefined && filters.stage !== undefined
  if (byRun === byStage) throw invalid('query', 'must name either a runId, or a specId and a stage')
  return { ...filters, page: pageRequest(noun, filters, query) }
}
