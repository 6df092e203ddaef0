import type { Bundle, Nouns } from '@consensus-store/core'
import { anAgent, aRun } from './fixtures.ts'
import { goldenBundle, goldenBundleStartedLater, sealedAnew } from './golden-bundle.ts'
import { type MethodName, methods } from './methods.ts'

/** One kind of write, as facts that can be given again, or given otherwise. */
export interface Write {
  readonly method: MethodName
  /** What must have happened before. */
  readonly given: readonly ((store: Nouns) => Promise<unknown>)[]
  readonly args: readonly unknown[]
  /** The same facts, written down another way. */
  readonly same: readonly (readonly unknown[])[]
  /** Other facts about the same thing. */
  readonly others: readonly (readonly unknown[])[]
  /** Other writes that settle the same thing otherwise. */
  readonly rivals: readonly Rival[]
  /** What may happen later without making the same facts other ones. */
  readonly later: readonly ((store: Nouns) => Promise<unknown>)[]
}

export type Rival = readonly [method: MethodName, ...args: unknown[]]

const write = (method: MethodName, args: readonly unknown[], rest: Partial<Write> = {}): Write => ({
  method,
  args,
  given: [],
  same: [],
  others: [],
  rivals: [],
  later: [],
  ...rest,
})

const running = [(store: Nouns) => aRun(store, { id: 'r' }), (store: Nouns) => aRun(store, { id: 'other' })]
const spawned = [...running, (store: Nouns) => anAgent(store, { runId: 'r', agentId: 'a' })]
const concluded = (store: Nouns) => store.runs.conclude('r', { verdict: 'failed' })
const abandoned = (store: Nouns) => store.runs.abandon('r')
const pinned = (store: Nouns) => store.runs.pin('r')
const started = (store: Nouns) => store.executions.start('a')

const run = {
  id: 'r',
  specId: 'S',
  stage: 'plan',
  branch: 'b',
  expectedAgents: ['x', 'y'],
  labels: { a: '1', b: '2' },
}
const execution = {
  agentId: 'a',
  runId: 'r',
  agentName: 'code',
  phaseType: 'quality-gate',
  modelVersion: 'm',
}
const artifact = {
  id: 'art',
  runId: 'r',
  agentName: 'code',
  modelVersion: 'm',
  content: { a: 0, b: '' },
  metadata: { m: 1 },
}
const synthesis = {
  id: 'syn',
  runId: 'r',
  verdict: 'degraded',
  markdown: '# Plan',
  agreements: ['a', 'b'],
  conflicts: ['c'],
  outputPath: 'plan.md',
  metadata: { m: 1 },
}
const conclusion = { verdict: 'degraded', missingAgents: ['x'], agreements: ['a', 'b'], conflicts: ['c'] }
const failure = { reason: 'extraction', message: 'no JSON', response: 'Sorry' }

const complete: Rival = ['executions.complete', 'a', { response: 'done' }]
const fail: Rival = ['executions.fail', 'a', failure]
const cancel: Rival = ['executions.cancel', 'a']
const timeOut: Rival = ['executions.timeOut', 'a']

/** Every way there is to write, by what it does. */
export const writes: Readonly<Record<string, Write>> = {
  'starting a run': write('runs.start', [run], {
    same: [[{ ...run, labels: { b: '2', a: '1' } }]],
    others: [
      { specId: 'T' },
      { stage: 'tasks' },
      { branch: 'c' },
      { branch: undefined },
      { expectedAgents: ['y', 'x'] },
      { expectedAgents: ['x'] },
      { expectedAgents: [] },
      { labels: { a: '1' } },
      { labels: { a: '1', b: '3' } },
      { labels: { a: '1', b: '2', c: '' } },
    ].map((other) => [{ ...run, ...other }]),
    later: [pinned, (store) => anAgent(store, { runId: 'r' }), concluded],
  }),
  'starting a run with hardly any facts': write('runs.start', [{ id: 'r', specId: 'S', stage: 'plan' }], {
    same: [[{ id: 'r', specId: 'S', stage: 'plan', branch: undefined, expectedAgents: [], labels: {} }]],
    others: [[run], [{ id: 'r', specId: 'S', stage: 'plan', labels: { a: '' } }]],
    later: [abandoned],
  }),
  'concluding a run': write('runs.conclude', ['r', conclusion], {
    given: running,
    others: [
      { verdict: 'failed' },
      { missingAgents: [] },
      { missingAgents: ['x', 'y'] },
      { agreements: ['b', 'a'] },
      { agreements: ['a'] },
      { conflicts: ['d'] },
      { conflicts: [] },
    ].map((other) => ['r', { ...conclusion, ...other }]),
    rivals: [['runs.abandon', 'r']],
    later: [pinned],
  }),
  'concluding a run with only a verdict': write('runs.conclude', ['r', { verdict: 'unanimous' }], {
    given: running,
    same: [['r', { verdict: 'unanimous', missingAgents: [], agreements: [], conflicts: [] }]],
    others: [['r', { verdict: 'degraded' }]],
    later: [pinned],
  }),
  'abandoning a run': write('runs.abandon', ['r'], {
    given: running,
    rivals: [['runs.conclude', 'r', conclusion]],
    later: [pinned],
  }),
  'pinning a run': write('runs.pin', ['r'], { given: running, later: [concluded] }),
  'unpinning a run': write('runs.unpin', ['r'], { given: [...running, pinned], later: [concluded] }),
  'recording a run': write('runs.record', [goldenBundle()], {
    same: [[goldenBundle({ upTo: 9 })], [goldenBundle({ upTo: 1 })]],
    others: [[goldenBundleStartedLater()], [endedLater()]],
    later: [(store) => store.runs.unpin('golden')],
    rivals: [['runs.start', methods['runs.start'].args[0]]].map(([method, facts]) => [
      method as MethodName,
      { ...(facts as object), id: 'golden' },
    ]),
  }),

  'spawning an agent': write('executions.spawn', [execution], {
    given: running,
    others: [
      { runId: 'other' },
      { agentName: 'claude' },
      { phaseType: 'regular-stage' },
      { modelVersion: 'n' },
      { modelVersion: undefined },
    ].map((other) => [{ ...execution, ...other }]),
    later: [started, (store) => store.executions.complete('a', { response: 'done' }), concluded],
  }),
  'starting an agent': write('executions.start', ['a'], {
    given: spawned,
    later: [(store) => store.executions.timeOut('a'), concluded],
  }),
  'completing an agent': write('executions.complete', ['a', { response: 'done' }], {
    given: spawned,
    others: [
      ['a', { response: 'done ' }],
      ['a', { response: '' }],
    ],
    rivals: [fail, cancel, timeOut],
    later: [concluded],
  }),
  'failing an agent': write('executions.fail', ['a', failure], {
    given: [...spawned, started],
    others: [
      ['a', { ...failure, reason: 'error' }],
      ['a', { ...failure, message: 'no JSON.' }],
      ['a', { ...failure, response: 'Sorry!' }],
      ['a', { ...failure, response: undefined }],
    ],
    rivals: [['executions.complete', 'a', { response: 'Sorry' }], cancel, timeOut],
    later: [concluded],
  }),
  'failing an agent that did not answer': write('executions.fail', ['a', { reason: 'error', message: '' }], {
    given: spawned,
    same: [['a', { reason: 'error', message: '', response: undefined }]],
    others: [['a', { reason: 'error', message: '', response: '' }]],
    later: [abandoned],
  }),
  'cancelling an agent': write('executions.cancel', ['a'], {
    given: spawned,
    rivals: [complete, fail, timeOut],
    later: [abandoned],
  }),
  'timing an agent out': write('executions.timeOut', ['a'], {
    given: spawned,
    rivals: [complete, fail, cancel],
    later: [concluded],
  }),

  'adding an artifact': write('artifacts.add', [artifact], {
    given: running,
    others: [
      { runId: 'other' },
      { agentName: 'claude' },
      { modelVersion: 'n' },
      { modelVersion: undefined },
      { content: { a: 0 } },
      { content: { b: '', a: 0 } },
      { content: { a: -0, b: '' } },
      { content: '{"a":0,"b":""}' },
      { metadata: {} },
      { metadata: undefined },
    ].map((other) => [{ ...artifact, ...other }]),
    later: [concluded],
  }),
  'adding an artifact without metadata': write('artifacts.add', [{ ...artifact, metadata: undefined }], {
    given: running,
    same: [[{ ...artifact, metadata: {} }]],
    others: [[{ ...artifact, metadata: null }]],
    later: [abandoned],
  }),
  'adding a synthesis': write('syntheses.add', [synthesis], {
    given: running,
    others: [
      { runId: 'other' },
      { verdict: 'unanimous' },
      { markdown: '# Plan\n' },
      { agreements: ['b', 'a'] },
      { agreements: [] },
      { conflicts: ['c', 'c'] },
      { outputPath: 'other.md' },
      { outputPath: undefined },
      { metadata: { m: 2 } },
    ].map((other) => [{ ...synthesis, ...other }]),
    later: [concluded],
  }),
}

/** The same run, ended a millisecond later. */
function endedLater(): Bundle {
  const { events, ...rows } = goldenBundle()
  const at = new Date(rows.run.concludedAt!.getTime() + 1)
  return sealedAnew({ ...rows, events: events.with(9, { ...events[9]!, at }) })
}
