import {
  bodiesToldBy,
  compareText,
  type Inspection,
  type KeptRow,
  type KeptText,
} from '@consensus-store/core'
import type { State } from './state.ts'

/** What there is, as if it lay in tables: a body is at the position of the event that brought it. */
export const inspection = (read: () => State): Inspection => ({
  async runAfter(id) {
    let next: string | undefined
    for (const runId of runIds(read())) {
      const isBehind = id === undefined || compareText(runId, id) > 0
      if (isBehind && (next === undefined || compareText(runId, next) < 0)) next = runId
    }
    return next
  },

  async lastRun() {
    return runIds(read()).reduce<string | undefined>(
      (last, runId) => (last !== undefined && compareText(last, runId) > 0 ? last : runId),
      undefined,
    )
  },

  async kept(runId) {
    const { archives, histories, logs, snapshots } = read()
    const history = histories.get(runId)
    const archived = archives.get(runId)
    const run = history?.run ?? archived?.run
    const events = logs.get(runId) ?? []
    const beside = bodiesToldBy(events).filter(({ member }) => member !== 'metadata')
    const positionOf = (sequence: number) => events[sequence - 1]!.position
    const rows = <Row>(noun: string, told: ReadonlyMap<string, Row> | undefined): KeptRow<Row>[] =>
      [...(told ?? [])].map(([id, row]) => {
        const body = beside.find((body) => body.noun === noun && body.id === id)
        return { id, row, bodyAt: body && positionOf(body.sequence) }
      })
    return {
      run: run && { id: runId, row: run },
      executions: rows('execution', history?.executions),
      artifacts: rows('artifact', history?.artifacts),
      syntheses: rows('synthesis', history?.syntheses),
      events: events.map((event) => ({ sequence: event.sequence, position: event.position, event })),
      bodies: beside.map(({ sequence }) => positionOf(sequence)),
      archive: archived?.archive,
      snapshots: snapshots.get(runId) ?? [],
    }
  },

  archive: async (runId) => read().archives.get(runId)?.archive,

  async body(position) {
    const event = read().log[position - 1]
    if (!event) return undefined
    const [body] = bodiesToldBy([event]).filter(({ member }) => member !== 'metadata')
    return body && textIn(read(), event.runId, body.ref.digest)
  },

  async metadata(noun, id) {
    const { histories, runOfArtifact, runOfSynthesis } = read()
    const runId = (noun === 'artifact' ? runOfArtifact : runOfSynthesis).get(id) ?? ''
    const history = histories.get(runId)
    const row = noun === 'artifact' ? history?.artifacts.get(id) : history?.syntheses.get(id)
    return row && textIn(read(), runId, row.metadataDigest)
  },

  async snapshot(runId, sequence) {
    const snapshot = read()
      .snapshots.get(runId)
      ?.find((snapshot) => snapshot.sequence === sequence)
    return snapshot && { snapshot }
  },

  // Bodies are kept by run and digest, so that none can lie elsewhere.
  bodiesAfter: async () => [],
})

function textIn({ bodies }: State, runId: string, digest: string): KeptText | undefined {
  const text = bodies.get(runId)?.get(digest)
  return text === undefined ? undefined : { text }
}

const runIds = ({ logs, archives }: State) => [...logs.keys(), ...archives.keys()]
