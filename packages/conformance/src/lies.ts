import type { Bundle } from '@consensus-store/core'

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
}
