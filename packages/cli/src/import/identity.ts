import { digest } from '@consensus-store/core'
import { secondOf } from './instant.ts'

/** The key of an answer: who gave it, for what, in which second, and what it says. */
export const artifactKey = (
  specId: string,
  stage: string,
  agentName: string,
  at: number,
  contentDigest: string,
): string => derived('artifact', specId, stage, agentName, secondOf(at), contentDigest)

/** The key of a synthesis. `at` is left out where the text says itself when it was made. */
export const synthesisKey = (
  specId: string,
  stage: string,
  at: number | undefined,
  markdownDigest: string,
): string => derived('synthesis', specId, stage, at === undefined ? null : secondOf(at), markdownDigest)

/** The id of a row whose key is taken by a row of a run that it cannot be in. */
export const keyInRun = (key: string, sourceRunId: string): string => derived('in run', key, sourceRunId)

/** The id of a run that no source names, from the ids of what it holds. */
export const runKey = (ids: readonly string[]): string => derived('run', ...ids)

/** Eight characters that tell runs apart which a source gives the same id. */
export const distinction = (ids: readonly string[]): string => digest(JSON.stringify(ids)).slice(0, 8)

const derived = (...parts: readonly (string | number | null)[]) =>
  `imported-${digest(JSON.stringify(parts)).slice(0, 32)}`
