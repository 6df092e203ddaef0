import { at, name, oneOf, options, texts } from './argument.ts'
import type { ArtifactQuery } from './artifact.ts'
import { type Body, type BodyRef, bodyRef, checkBodyRef, jsonBody, textBody } from './body.ts'
import { type Env, now } from './env.ts'
import { conflict } from './error.ts'
import type { Json } from './json.ts'
import { type Run, VERDICTS, type Verdict } from './run.ts'

/** Characters an output path may have. */
const MAX_PATH_LENGTH = 4_096

/** What a synthesis's event says of it; its bodies are held by digest. */
export interface SynthesisFacts {
  readonly id: string
  readonly runId: string
  readonly specId: string
  readonly stage: string
  readonly branch: string | undefined
  readonly verdict: Verdict
  readonly agreements: readonly string[]
  readonly conflicts: readonly string[]
  /** Where the tool wrote the same text, if it did. */
  readonly outputPath: string | undefined
  readonly createdAt: Date
  /** Bytes of the markdown as UTF-8. */
  readonly markdownBytes: number
  readonly markdownDigest: string
  readonly metadataDigest: string
}

/** What a run concluded, as lists show it: all but the markdown. */
export interface Synthesis extends SynthesisFacts {
  readonly metadata: Json
}

/** A synthesis with all there is of it. */
export interface SynthesisWithMarkdown extends Synthesis {
  readonly markdown: string
}

/** What a synthesis is added with. The same facts under the same id are the same synthesis. */
export interface NewSynthesis {
  /** By default a new one. */
  readonly id?: string | undefined
  readonly runId: string
  readonly verdict: Verdict
  readonly markdown: string
  readonly agreements?: readonly string[] | undefined
  readonly conflicts?: readonly string[] | undefined
  readonly outputPath?: string | undefined
  readonly metadata?: Json | undefined
}

/** The syntheses of one run, or of every run of one stage of one spec. */
export type SynthesisQuery = ArtifactQuery

/** What the event that adds a synthesis says. */
export interface SynthesisAdded {
  readonly synthesisId: string
  readonly verdict: Verdict
  readonly agreements: readonly string[]
  readonly conflicts: readonly string[]
  readonly outputPath?: string
  readonly markdown: BodyRef
  readonly metadata: BodyRef
}

/** A synthesis that is about to be added: its event, and the bodies that are kept beside it. */
export interface SynthesisDraft {
  readonly runId: string
  readonly at: Date
  readonly added: SynthesisAdded
  readonly markdown: Body
  readonly metadata: Body
}

/** The synthesis that `syntheses.add` would write. INVALID, naming the argument, when one is not what it should be. */
export function addSynthesis(input: NewSynthesis, env: Env): SynthesisDraft {
  const {
    id,
    runId,
    verdict,
    markdown,
    agreements = [],
    conflicts = [],
    outputPath,
    metadata = {},
  } = options(input, 'synthesis')
  const bodies = { markdown: textBody(markdown, 'markdown'), metadata: jsonBody(metadata, 'metadata') }
  return {
    runId: name(runId, 'runId'),
    at: now(env),
    added: {
      synthesisId: id === undefined ? env.newId() : name(id, 'id'),
      ...checkFinding({ verdict, agreements, conflicts, outputPath }),
      markdown: bodyRef(bodies.markdown),
      metadata: bodyRef(bodies.metadata),
    },
    ...bodies,
  }
}

/** The same facts, each checked. INVALID names the path. */
export const checkSynthesisAdded = (added: SynthesisAdded, path: string): SynthesisAdded => ({
  synthesisId: name(added.synthesisId, at('synthesisId', path)),
  ...checkFinding(added, path),
  markdown: checkBodyRef(added.markdown, at('markdown', path)),
  metadata: checkBodyRef(added.metadata, at('metadata', path)),
})

const checkFinding = (
  {
    verdict,
    agreements,
    conflicts,
    outputPath,
  }: Pick<NewSynthesis, 'verdict' | 'agreements' | 'conflicts' | 'outputPath'>,
  path?: string,
) => ({
  verdict: oneOf(verdict, VERDICTS, at('verdict', path)),
  agreements: texts(agreements, at('agreements', path)),
  conflicts: texts(conflicts, at('conflicts', path)),
  ...(outputPath !== undefined && { outputPath: name(outputPath, at('outputPath', path), MAX_PATH_LENGTH) }),
})

/** The row of a synthesis that was added. */
export function addedSynthesis(
  run: Pick<Run, 'id' | 'specId' | 'stage' | 'branch'>,
  at: Date,
  added: SynthesisAdded,
): SynthesisFacts {
  return {
    id: added.synthesisId,
    runId: run.id,
    specId: run.specId,
    stage: run.stage,
    branch: run.branch,
    verdict: added.verdict,
    agreements: added.agreements,
    conflicts: added.conflicts,
    outputPath: added.outputPath,
    createdAt: at,
    markdownBytes: added.markdown.bytes,
    markdownDigest: added.markdown.digest,
    metadataDigest: added.metadata.digest,
  }
}

/** False when the same synthesis was added already. CONFLICT when the id is another's. */
export function addsSynthesisAnew(
  stored: SynthesisFacts | undefined,
  { runId, added }: SynthesisDraft,
): boolean {
  if (!stored) return true
  const same =
    stored.runId === runId &&
    stored.verdict === added.verdict &&
    stored.outputPath === added.outputPath &&
    JSON.stringify(stored.agreements) === JSON.stringify(added.agreements) &&
    JSON.stringify(stored.conflicts) === JSON.stringify(added.conflicts) &&
    stored.markdownDigest === added.markdown.digest &&
    stored.metadataDigest === added.metadata.digest
  if (same) return false
  throw conflict(`Synthesis ${added.synthesisId} is another one, in run ${stored.runId}`)
}
