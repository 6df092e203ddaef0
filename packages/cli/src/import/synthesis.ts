import {
  addSynthesis,
  encodeJson,
  invalid,
  type Json,
  name,
  names,
  optionalName,
  type Verdict,
} from '@consensus-store/core'
import { jsonOrText } from './exact-json.ts'
import { synthesisKey } from './identity.ts'
import { instantOf } from './instant.ts'
import { stageName } from './naming.ts'
import type { Place, SynthesisUnit } from './unit.ts'
import { unplaced } from './unplaced.ts'

/** A synthesis as a source tells it, nothing of it checked. */
export interface RawSynthesis {
  readonly place: Place
  readonly specId: unknown
  readonly stage: unknown
  /** The time in the row; the text of a synthesis may tell a better one. */
  readonly rowAt: number | undefined
  readonly verdict: Verdict
  readonly markdown: string
  readonly agreements?: unknown
  readonly conflicts?: unknown
  readonly missingAgents?: unknown
  readonly outputPath?: unknown
  readonly sourceRunId?: unknown
  readonly bond?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly metadata: { readonly [key: string]: Json }
}

/** INVALID, naming the column, when a store would not keep it. */
export function synthesisUnit(raw: RawSynthesis): SynthesisUnit {
  const specId = name(raw.specId, 'spec_id')
  const stage = stageName(name(raw.stage, 'stage'))
  const said = {
    agreements: texts(raw.agreements),
    conflicts: texts(raw.conflicts),
    outputPath: typeof raw.outputPath === 'string' && raw.outputPath !== '' ? raw.outputPath : undefined,
  }
  const { added } = addSynthesis(
    { runId: 'r', verdict: raw.verdict, markdown: raw.markdown, ...said, metadata: raw.metadata },
    unplaced,
  )
  const generated = generatedIn(raw.markdown)
  return {
    kind: 'syntheses',
    key: synthesisKey(specId, stage, generated ? undefined : raw.rowAt, added.markdown.digest),
    place: raw.place,
    specId,
    stage,
    sourceRunId: optionalName(raw.sourceRunId || undefined, 'run_id'),
    bond: raw.bond,
    labels: raw.labels,
    ...timeOf(raw.rowAt, generated),
    verdict: raw.verdict,
    markdown: raw.markdown,
    ...said,
    missingAgents: names(texts(raw.missingAgents), 'missing_agents'),
    metadata: encodeJson(raw.metadata, 'metadata'),
  }
}

const MINUTE = 60_000

/** The minute a synthesis says it was generated in. */
function generatedIn(markdown: string): number | undefined {
  const [, time] =
    /^\*\*Generated\*\*: (\d{4}-\d\d-\d\d \d\d:\d\d) UTC$/m.exec(markdown.slice(0, 2_000)) ?? []
  return time === undefined ? undefined : instantOf(time, 'Generated')
}

/** The row's time is the more exact; where it contradicts what the text says, it was made up later. */
function timeOf(rowAt: number | undefined, generated: number | undefined) {
  const agree = generated === undefined || (rowAt !== undefined && isWithin(rowAt, generated))
  if (rowAt !== undefined && agree) return { at: rowAt, until: rowAt }
  if (generated === undefined) throw invalid('created_at', 'is missing')
  return { at: generated, until: generated + MINUTE - 1, rowAt }
}

/** It is stored soon after it was generated, perhaps in the next minute. */
const isWithin = (rowAt: number, generated: number) => rowAt >= generated && rowAt < generated + 2 * MINUTE

/** A list of texts, or the JSON of one. What is neither is no list, and stays in the metadata only. */
function texts(value: unknown): readonly string[] {
  const list = typeof value === 'string' ? jsonOrText(value) : value
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : []
}
