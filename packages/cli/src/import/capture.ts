import { basename, join } from 'node:path'
import { invalid, type Json } from '@consensus-store/core'
import { artifactUnit } from './artifact.ts'
import { type EvidenceFile, isObject, type JsonObject, objectOf, textOf } from './evidence-file.ts'
import { exactJson } from './exact-json.ts'
import { instantOf } from './instant.ts'
import { filledIn, verdictOf } from './naming.ts'
import { refusal, unitOrRefusal } from './refusal.ts'
import { synthesisUnit } from './synthesis.ts'
import type { Kind, Refused, Unit } from './unit.ts'

const timed = /^(.+?)_(\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(?:\.\d+)?Z?)_(.+)\.(json|jsonl)$/i

/**
 * The older naming, `<stage>_<time>_<agent>.json` with the answer as the whole file, and beside it what was measured
 * and concluded. `undefined` when the file is not of it.
 */
export function capture(file: EvidenceFile): Generator<Unit | Refused> | undefined {
  const [, stage, time, rest, suffix] = timed.exec(file.name) ?? []
  if (suffix?.toLowerCase() === 'jsonl') {
    return rest === 'telemetry' ? companion(file, telemetryCompanion) : undefined
  }
  if (stage !== undefined && time !== undefined && rest !== undefined) {
    if (rest.endsWith('_metrics')) return companion(file, metricsCompanion)
    return rest === 'synthesis'
      ? synthesis(file, { stage, time })
      : answer(file, { stage, time, agent: rest })
  }
  const untimed = /^(.+)_synthesis\.json$/i.exec(file.name)?.[1]
  return untimed !== undefined && isOlder(file) ? synthesis(file, { stage: untimed }) : undefined
}

interface Named {
  readonly stage: string
  readonly time?: string
}

function* answer(file: EvidenceFile, named: Named & { agent: string }): Generator<Unit | Refused> {
  yield unitOrRefusal('artifacts', file.place, () => {
    const json = objectOf(file.path)
    const metrics = metricsOf(file)
    return artifactUnit({
      place: file.place,
      specId: specOf(json, file),
      stage: named.stage,
      agentName: named.agent,
      at: instantOf(named.time, 'the time in its name'),
      content: json,
      modelVersion: metrics?.model_id,
      metadata: { source: { ...file.place }, ...(metrics && { metrics }) },
    })
  })
}

function* synthesis(file: EvidenceFile, named: Named): Generator<Unit | Refused> {
  yield unitOrRefusal('syntheses', file.place, () => {
    const json = objectOf(file.path)
    const consensus = isObject(json.consensus) ? json.consensus : {}
    const agents = isObject(json.agents) ? json.agents : {}
    const telemetry = telemetryOf(file)
    return synthesisUnit({
      place: file.place,
      specId: specOf(json, file),
      stage: filledIn(json.stage) ? json.stage : named.stage,
      rowAt: instantOf(filledIn(json.timestamp) ? json.timestamp : named.time, 'timestamp'),
      verdict: verdictOf(json),
      markdown: '',
      agreements: consensus.agreements,
      conflicts: consensus.conflicts,
      missingAgents: agents.degraded,
      metadata: { source: { ...file.place, ...json }, ...(telemetry.length > 0 && { telemetry }) },
    })
  })
}

/** A template nobody filled in does not say which spec it is of; the folder does. */
const specOf = (json: JsonObject, { within }: EvidenceFile): string =>
  [json.spec_id, json.specId].find(filledIn) ?? basename(within.path)

function isOlder({ path }: EvidenceFile): boolean {
  try {
    const json = objectOf(path)
    return json.output_markdown === undefined && (json.specId !== undefined || json.consensus !== undefined)
  } catch {
    // Whoever reads it as the newer naming says what is wrong with it.
    return false
  }
}

/**
 * What stands beside an answer or a synthesis is read together with it and counted only when it is refused: because
 * it has nothing to be kept with, or for what is wrong with it.
 */
function* companion({ within, name, path, place }: EvidenceFile, { ending, owner, kind }: Companion) {
  const of = name.slice(0, -ending.length) + owner
  if (!within.names.has(of)) {
    yield refusal(kind, place, invalid('the file', `belongs to ${of}, which is not there`))
  } else if (!readable(join(within.path, of))) {
    yield refusal(kind, place, invalid('the file', `belongs to ${of}, which is refused`))
  } else {
    for (const part of parts(path, ending === TELEMETRY ? '\n' : undefined)) {
      if (part.error !== undefined) yield refusal(kind, { ...place, ...part.row }, part.error)
    }
  }
}

interface Companion {
  readonly ending: string
  readonly owner: string
  readonly kind: Kind
}

const METRICS = '_metrics.json'
const TELEMETRY = '_telemetry.jsonl'
const metricsCompanion: Companion = { ending: METRICS, owner: '.json', kind: 'artifacts' }
const telemetryCompanion: Companion = { ending: TELEMETRY, owner: '_synthesis.json', kind: 'syntheses' }

function readable(path: string): boolean {
  try {
    return objectOf(path) !== undefined
  } catch {
    return false
  }
}

interface Part {
  readonly value?: Json
  readonly error?: unknown
  readonly row?: { readonly row: string }
}

/** The JSON in a file, or on each of its lines, with what is wrong where something is. */
function* parts(path: string, separator: string | undefined): Generator<Part> {
  let texts: string[]
  try {
    texts = separator === undefined ? [textOf(path)] : textOf(path).split(separator)
  } catch (error) {
    yield { error }
    return
  }
  for (const [i, text] of texts.entries()) {
    if (separator !== undefined && text.trim() === '') continue
    const row = separator === undefined ? undefined : { row: `line ${i + 1}` }
    try {
      yield { value: exactJson(text, row ? 'the line' : 'the file'), ...(row && { row }) }
    } catch (error) {
      yield { error, ...(row && { row }) }
    }
  }
}

/** Broken parts are left out here; `companion` names them. */
function metricsOf(file: EvidenceFile): JsonObject | undefined {
  const path = sibling(file, file.name.replace(/\.json$/i, METRICS))
  if (path === undefined) return undefined
  const [metrics] = parts(path, undefined)
  return isObject(metrics?.value) ? metrics.value : undefined
}

function telemetryOf(file: EvidenceFile): readonly Json[] {
  const path = sibling(file, file.name.replace(/_synthesis\.json$/i, TELEMETRY))
  if (path === undefined) return []
  return [...parts(path, '\n')].flatMap(({ value }) => (value === undefined ? [] : [value]))
}

const sibling = ({ within, name }: EvidenceFile, of: string): string | undefined =>
  of !== name && within.names.has(of) ? join(within.path, of) : undefined
