import type { EncodedBundle, LogEntry } from '@consensus-store/core'
import { deleteArchive } from './archive-rows.ts'
import { allOfRun, claim, ofRun, type Steps } from './claim.ts'
import { bindRows } from './insertion.ts'
import { claimArchived, claimExtension, claimRun, type Owned, ownedElsewhere } from './recording-claims.ts'
import {
  changeExecution,
  insertArtifacts,
  insertBodies,
  insertEntries,
  insertExecutions,
  insertSyntheses,
} from './recording-rows.ts'
import { type Bound, bind } from './statement.ts'

/** The steps that write a run nobody has. The first gives no row when it is there, or an id of the bundle is another's. */
export const recordingSteps = (bundle: EncodedBundle): Steps => [
  claim(ofRun(bundle.run.id), claimRun, ownedBy(bundle)),
  ...rowsAfter(bundle, 0),
]

/**
 * The steps that bring a run up to the bundle from `last`, its last event. The first gives no row when that is its last
 * event no more, or an id of the bundle is another's.
 */
export const extendingSteps = (
  bundle: EncodedBundle,
  last: { readonly sequence: number; readonly position: number },
): Steps => [
  claim(allOfRun(bundle.run.id), claimExtension, {
    ...ownedBy(bundle),
    after: last.sequence,
    position: last.position,
  }),
  ...rowsAfter(bundle, last.sequence),
]

/**
 * The steps that put a bundle in the place of its archive. The first gives no row unless the run is still archived as it was
 * seen, or when another run owns an id of the bundle.
 */
export const puttingBackSteps = (bundle: EncodedBundle, seen: SeenArchived): Steps => [
  claim(allOfRun(bundle.run.id), claimArchived, {
    ...ownedBy(bundle),
    seenArchivedAt: seen.archivedAt,
    seenSequence: seen.lastSequence,
    checksum: seen.checksum,
  }),
  ...rowsAfter(bundle, 0),
  bind(deleteArchive, { runId: bundle.run.id, checksum: seen.checksum }),
]

export interface SeenArchived {
  readonly archivedAt: Date
  readonly lastSequence: number
  readonly checksum: string
}

/** Reads one id of the bundle that another run owns, if there is one. */
export const ownerOf = (bundle: EncodedBundle) => bind(ownedElsewhere, ownedBy(bundle))

const ownedBy = ({ run, executions, artifacts, syntheses }: EncodedBundle): Owned => ({
  ...run,
  agentIds: executions.map(({ row }) => row.agentId),
  artifactIds: artifacts.map(({ row }) => row.id),
  synthesisIds: syntheses.map(({ row }) => row.id),
})

/**
 * What the events after a sequence brought or changed, the events first: where a failed claim does not keep the other
 * steps from being sent, the first event does.
 */
function rowsAfter({ run, executions, artifacts, syntheses, events }: EncodedBundle, after: number): Bound[] {
  const runId = run.id
  const told = sequencesOf(events)
  const bodies: { readonly runId: string; readonly sequence: number; readonly text: string }[] = []

  const agents = executions.flatMap(({ row, response }) => {
    const { added, changed, answered } = told.get(`agent ${row.agentId}`)!
    if (changed <= after) return []
    if (response) bodies.push({ runId, sequence: answered, text: response.text })
    return [{ ...row, sequence: answered, spawned: added > after }]
  })
  const contributions = artifacts.flatMap(({ row, content, metadata }) => {
    const { added: sequence } = told.get(`artifact ${row.id}`)!
    if (sequence <= after) return []
    bodies.push({ runId, sequence, text: content.text })
    return [{ ...row, metadata: metadata.text, sequence }]
  })
  const conclusions = syntheses.flatMap(({ row, markdown, metadata }) => {
    const { added: sequence } = told.get(`synthesis ${row.id}`)!
    if (sequence <= after) return []
    bodies.push({ runId, sequence, text: markdown.text })
    return [{ ...row, metadata: metadata.text, sequence }]
  })

  return [
    ...bindRows(
      insertEntries,
      events.filter(({ sequence }) => sequence > after).map((entry) => ({ ...entry, runId, after })),
    ),
    ...bindRows(
      insertExecutions,
      agents.filter(({ spawned }) => spawned),
    ),
    ...agents.filter(({ spawned }) => !spawned).map((agent) => bind(changeExecution, agent)),
    ...bindRows(insertArtifacts, contributions),
    ...bindRows(insertSyntheses, conclusions),
    ...bindRows(insertBodies, bodies),
  ]
}

interface Told {
  /** The sequence of the event that brought the row. */
  readonly added: number
  /** Of the last event that said anything of it. */
  readonly changed: number
  /** Of the event that brought an agent's response; 0 when there is none. */
  readonly answered: number
}

/** Which events tell of which row. */
function sequencesOf(events: readonly LogEntry[]): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>()
  for (const { type, data, sequence } of events) {
    if (type === 'artifact.added') told.set(`artifact ${data.artifactId}`, addedAt(sequence))
    else if (type === 'synthesis.added') told.set(`synthesis ${data.synthesisId}`, addedAt(sequence))
    else if (type === 'execution.spawned') told.set(`agent ${data.agentId}`, addedAt(sequence))
    else if ('agentId' in data) {
      const agent = `agent ${data.agentId}`
      const answered = 'response' in data && data.response ? sequence : 0
      told.set(agent, { ...told.get(agent)!, changed: sequence, answered })
    }
  }
  return told
}

const addedAt = (sequence: number): Told => ({ added: sequence, changed: sequence, answered: 0 })
