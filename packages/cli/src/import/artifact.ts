import { addArtifact, encodeJson, invalid, type Json, name, optionalName } from '@consensus-store/core'
import { jsonOrText } from './exact-json.ts'
import { artifactKey } from './identity.ts'
import { filledIn, stageName } from './naming.ts'
import type { ArtifactUnit, Place } from './unit.ts'
import { unplaced } from './unplaced.ts'

/** An answer as a source tells it, nothing of it checked. */
export interface RawArtifact {
  readonly place: Place
  readonly specId: unknown
  readonly stage: unknown
  readonly agentName: unknown
  readonly at: number
  /** A text that is JSON arrives as that JSON. */
  readonly content: Json | undefined
  readonly sourceRunId?: unknown
  readonly bond?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly modelVersion?: unknown
  readonly metadata: { readonly [key: string]: Json }
}

/** INVALID, naming the column, when a store would not keep it. */
export function artifactUnit(raw: RawArtifact): ArtifactUnit {
  const specId = name(raw.specId, 'spec_id')
  const stage = stageName(name(raw.stage, 'stage'))
  if (raw.content === undefined) throw invalid('content', 'is missing')
  const value = typeof raw.content === 'string' ? jsonOrText(raw.content) : raw.content
  const modelVersion = [raw.modelVersion, memberOf(value, 'model')].find(isModel)

  // Adding it to no store in particular is what checks it, exactly as any store would.
  const { added, content } = addArtifact(
    {
      runId: 'r',
      agentName: name(raw.agentName, 'agent_name'),
      modelVersion,
      content: value,
      metadata: raw.metadata,
    },
    unplaced,
  )
  return {
    kind: 'artifacts',
    key: artifactKey(specId, stage, added.agentName, raw.at, content.digest),
    place: raw.place,
    specId,
    stage,
    sourceRunId: optionalName(raw.sourceRunId || undefined, 'run_id'),
    bond: raw.bond,
    labels: raw.labels,
    at: raw.at,
    agentName: added.agentName,
    modelVersion,
    content: content.text,
    metadata: encodeJson(raw.metadata, 'metadata'),
    round: roundOf(value),
  }
}

const isModel = (value: unknown): value is string => {
  if (!filledIn(value)) return false
  try {
    return name(value, 'model') === value
  } catch {
    return false
  }
}

/** Agents repeat the stage they were asked for at the start of their answer, even where the rest is not JSON. */
function roundOf(content: Json): string | undefined {
  const said =
    typeof content === 'string'
      ? /^\s*\{\s*"stage"\s*:\s*"([^"\\]+)"/.exec(content)?.[1]
      : memberOf(content, 'stage')
  return filledIn(said) ? stageName(said) : undefined
}

function memberOf(value: Json, member: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, member) ? (value as { readonly [key: string]: Json })[member] : undefined
}
