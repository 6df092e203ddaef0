import { type Bundle, digest, fold } from '@consensus-store/core'

type Changed = (bundle: Bundle) => Bundle

const changed = <T>(items: readonly T[], index: number, change: Partial<T>): readonly T[] =>
  items.map((item, i) => (i === index ? { ...item, ...change } : item))

const [pinned, concluded] = [8, 9]

/** Ways in which a bundle can say something else than its own log, or its log something impossible. */
export const lies: Readonly<Record<string, Changed>> = {
  'the run is of another spec than its log': (b) => ({ ...b, run: { ...b.run, specId: 'OTHER' } }),
  'the run is not as far as its log': (b) => ({ ...b, run: { ...b.run, lastSequence: 9 } }),
  'the verdict is another': (b) => ({ ...b, run: { ...b.run, verdict: 'unanimous' } }),
  'the labels are others': (b) => ({ ...b, run: { ...b.run, labels: { team: 'beta' } } }),
  'an event is missing': (b) => ({ ...b, events: b.events.toSpliced(pinned, 1) }),
  'its first event is missing': (b) => ({ ...b, events: b.events.slice(1) }),
  'two events have changed places': (b) => ({
    ...b,
    events: b.events.with(pinned, b.events[concluded]!).with(concluded, b.events[pinned]!),
  }),
  'an event is there twice': (b) => ({ ...b, events: [...b.events, b.events[concluded]!] }),
  'an agent changes after it ended': (b) => ({
    ...b,
    run: { ...b.run, lastSequence: 11 },
    events: [
      ...b.events,
      { sequence: 11, type: 'execution.cancelled', at: b.run.startedAt, data: { agentId: 'g1' } },
    ],
  }),
  'an agent is spawned after the end': (b) => ({
    ...b,
    run: { ...b.run, lastSequence: 11 },
    events: [
      ...b.events,
      {
        sequence: 11,
        type: 'execution.spawned',
        at: b.run.startedAt,
        data: { agentId: 'g3', agentName: 'code', phaseType: 'regular-stage' },
      },
    ],
  }),
  'an execution is missing': (b) => ({ ...b, executions: b.executions.slice(1) }),
  'an execution is there twice': (b) => ({ ...b, executions: [...b.executions, b.executions[0]!] }),
  'an execution is in no event': (b) => ({
    ...b,
    executions: [...b.executions, { ...b.executions[0]!, agentId: 'g3' }],
  }),
  'an execution ended otherwise': (b) => ({
    ...b,
    executions: changed(b.executions, 1, { status: 'completed', failure: undefined }),
  }),
  'an execution ended at another time': (b) => ({
    ...b,
    executions: changed(b.executions, 0, { endedAt: new Date(0) }),
  }),
  'an execution belongs to another run': (b) => ({
    ...b,
    executions: changed(b.executions, 0, { runId: 'other' }),
  }),
  'a response is another': (b) => ({ ...b, executions: changed(b.executions, 0, { response: 'other' }) }),
  'a response is gone': (b) => ({ ...b, executions: changed(b.executions, 0, { response: undefined }) }),
  'a content is another': (b) => ({ ...b, artifacts: changed(b.artifacts, 0, { content: {} }) }),
  'a content has its keys in another order': (b) => ({
    ...b,
    artifacts: changed(b.artifacts, 0, { content: { a: null, z: [-0, 1e21] } }),
  }),
  'the metadata of an artifact are others': (b) => ({
    ...b,
    artifacts: changed(b.artifacts, 0, { metadata: null }),
  }),
  'the metadata of an artifact are of another size': (b) => ({
    ...b,
    events: b.events.map((event) =>
      event.type === 'artifact.added'
        ? { ...event, data: { ...event.data, metadata: { ...event.data.metadata, bytes: 1 } } }
        : event,
    ),
  }),
  'an artifact is missing': (b) => ({ ...b, artifacts: [] }),
  'a markdown is another': (b) => ({ ...b, syntheses: changed(b.syntheses, 0, { markdown: '' }) }),
  'the metadata of a synthesis are others': (b) => ({
    ...b,
    syntheses: changed(b.syntheses, 0, { metadata: [] }),
  }),
  'a synthesis is missing': (b) => ({ ...b, syntheses: [] }),
  'its log was edited after it was sealed, and its rows with it': (b) => ({
    ...b,
    executions: changed(b.executions, 0, { agentName: 'code' }),
    events: edited(b, 2, { agentName: 'code' }),
  }),
  'a content was replaced after it was sealed, and its digests with it': (b) => {
    const content = { bytes: 2, digest: digest('{}') }
    return {
      ...b,
      artifacts: changed(b.artifacts, 0, { content: {}, contentBytes: 2, contentDigest: content.digest }),
      events: edited(b, 7, { content }),
    }
  },
  'two events changed places after it was sealed': (b) => {
    const [first, second] = [b.events[1]!, b.events[2]!]
    const swapped = [
      { ...second, sequence: 2 },
      { ...first, sequence: 3 },
    ]
    return { ...b, events: b.events.toSpliced(1, 2, ...swapped) }
  },
  'an event was taken out after it was sealed': (b) => {
    const events = b.events.toSpliced(pinned, 1).map((entry, i) => ({ ...entry, sequence: i + 1 }))
    return { ...b, run: fold(b.run.id, events).run, events }
  },
  'its seal is another, in its log and in its row': (b) => {
    const seal = `sha256:${'0'.repeat(64)}`
    return { ...b, run: { ...b.run, seal }, events: edited(b, 10, { seal }) }
  },
  'its row has another seal than its log': (b) => ({
    ...b,
    run: { ...b.run, seal: `sha256:${'0'.repeat(64)}` },
  }),
  'it was never sealed': (b) => ({
    ...b,
    run: { ...b.run, seal: undefined },
    events: edited(b, 10, { seal: undefined }),
  }),
}

/** The log with something else in the data of one event. */
const edited = ({ events }: Bundle, sequence: number, data: object): Bundle['events'] =>
  changed(events, sequence - 1, { data: { ...events[sequence - 1]!.data, ...data } } as never)
