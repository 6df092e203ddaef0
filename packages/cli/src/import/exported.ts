import { invalid } from '@consensus-store/core'
import { artifactUnit } from './artifact.ts'
import { type EvidenceFile, isObject, type JsonObject, objectOf, suggestedKind } from './evidence-file.ts'
import { instantOf } from './instant.ts'
import { verdictOf } from './naming.ts'
import { refusal, unitOrRefusal } from './refusal.ts'
import { synthesisUnit } from './synthesis.ts'
import type { Refused, Unit } from './unit.ts'

/** The newer naming: `<stage>_verdict.json` with all answers of a stage, and `<stage>_synthesis.json`. */
export function* exported(file: EvidenceFile): Generator<Unit | Refused> {
  const kind = suggestedKind(file.name)
  let json: JsonObject
  try {
    json = objectOf(file.path)
    if (!Array.isArray(json.proposals) && json.output_markdown === undefined) throw unknown(file)
  } catch (error) {
    yield refusal(kind, file.place, error)
    return
  }
  if (Array.isArray(json.proposals)) yield* proposals(file, json, json.proposals)
  else yield unitOrRefusal('syntheses', file.place, () => synthesis(file, json))
}

const unknown = ({ name }: EvidenceFile) =>
  name.endsWith('_verdict.json')
    ? invalid('proposals', 'must be an array')
    : invalid('the file', 'is of no shape that evidence has')

function* proposals({ place }: EvidenceFile, verdict: JsonObject, list: readonly unknown[]) {
  const { spec_id, stage, run_id, proposals: _, ...about } = verdict
  for (const [i, proposal] of list.entries()) {
    const at = { ...place, row: `proposals[${i}]` }
    yield unitOrRefusal('artifacts', at, () => {
      if (!isObject(proposal as JsonObject)) throw invalid(at.row, 'must be an object')
      const { agent_name, content, created_at, run_id: own, ...rest } = proposal as JsonObject
      return artifactUnit({
        place: at,
        specId: spec_id,
        stage,
        agentName: agent_name,
        at: instantOf(created_at, 'created_at'),
        content,
        sourceRunId: own ?? run_id,
        metadata: { source: { ...at, ...about, ...rest } },
      })
    })
  }
}

function synthesis({ place }: EvidenceFile, json: JsonObject) {
  const { output_markdown, ...source } = json
  if (typeof output_markdown !== 'string') throw invalid('output_markdown', 'must be a string')
  return synthesisUnit({
    place,
    specId: json.spec_id,
    stage: json.stage,
    rowAt: json.created_at == null ? undefined : instantOf(json.created_at, 'created_at'),
    verdict: verdictOf(json),
    markdown: output_markdown,
    agreements: json.agreements,
    conflicts: json.conflicts,
    missingAgents: json.missing_agents,
    outputPath: json.output_path,
    sourceRunId: json.run_id,
    metadata: { source: { ...place, ...source } },
  })
}
