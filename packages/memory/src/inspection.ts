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
    const { histories, logs } = read()
    const history = histories.get(runId)
    const events = logs.get(runId) ?? []
    const beside = bodiesToldBy(events).filter(({ member }) => member !== 'metadata')
    const positionOf = (sequence: number) => events[sequence - 1]!.position
    const rows = <Row>(noun: string, told: ReadonlyMap<string, Row> | undefined): KeptRow<Row>[] =>
      [...(told ?? [])].map(([id, row]) => {
        const body = beside.find((body) => body.noun === noun && body.id === id)
        return { id, row, bodyAt: body && positionOf(body.sequence) }
      })
    return {
      run: history && { id: runId, row: history.run },
      executions: rows('execution', history?.executions),
      artifacts: rows('artifact', history?.artifacts),
      syntheses: rows('synthesis', history?.syntheses),
      events: events.map((event) => ({ sequence: event.sequence, position: event.position, event })),
      bodies: beside.map(({ sequence }) => positionOf(sequence)),
    }
  },

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

  // Bodies are kept by run and digest, so that none can lie elsewhere.
  bodiesAfter: async () => [],
})

function textIn({ bodies }: State, runId: string, digest: string): KeptText | undefined {
  const text = bodies.get(runId)?.get(digest)
  return text === undefined ? undefined : { text }
}

const runIds = ({ logs, archives }: State) => [...logs.keys(), ...archives.keys()]
