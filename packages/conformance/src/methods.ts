import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConsensusStore, digest, type Nouns, SNAPSHOT_VERSION } from '@consensus-store/core'
import {
  type Bad,
  badAfters,
  badAgentIds,
  badCursors,
  badDates,
  badDays,
  badDigests,
  badFiles,
  badFolders,
  badFunctions,
  badJson,
  badLabels,
  badLimits,
  badNameLists,
  badNames,
  badObjects,
  badOptionalCounts,
  badOptionalFlags,
  badOptionalJson,
  badOptionalNames,
  badOptionalTextBodies,
  badOptionalWords,
  badOverrides,
  badPaths,
  badPoints,
  badRequiredObjects,
  badSequences,
  badSignals,
  badTextBodies,
  badTextLists,
  badTexts,
  badWords,
} from './bad-values.ts'
import { goldenBundle } from './golden-bundle.ts'

export type NounMethod = { [N in keyof Nouns]: `${N}.${keyof Nouns[N] & string}` }[keyof Nouns]
/** What a store has and a transaction has not. */
type StoreNouns = Pick<ConsensusStore, 'archives' | 'retention' | 'chores'>
export type StoreNounMethod = {
  [N in keyof StoreNouns]: `${N}.${keyof StoreNouns[N] & string}`
}[keyof StoreNouns]
export type MethodName =
  | NounMethod
  | StoreNounMethod
  | 'transaction'
  | 'arrival'
  | 'identity'
  | 'health'
  | 'verify'
  | 'rebuild'
  | 'reclaim'
  | 'backup'
  | 'close'

/** One method of a store: arguments it takes, after `story` was played, and values in their places it must refuse. */
export interface Method {
  readonly args: readonly unknown[]
  readonly refuses: readonly Refusal[]
}

export interface Refusal {
  /** The argument as an error must name it. */
  readonly argument: string
  /** Where it is in `args`. */
  readonly path: readonly (string | number)[]
  readonly bad: Bad
}

/** A wrong argument by its place: 0 for the first one, `0.limit` for a member of it. */
type Refused = readonly [path: string, bad: Bad, argument?: string]

const method = (args: readonly unknown[], ...refuses: Refused[]): Method => ({
  args,
  refuses: refuses.map(([path, bad, argument]) => {
    const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step))
    return { argument: argument ?? String(steps.at(-1)), path: steps, bad }
  }),
})

const page: readonly Refused[] = [
  ['0', badObjects, 'query'],
  ['0.limit', badLimits],
  ['0.cursor', badCursors],
]
const stage: readonly Refused[] = [
  ['0', badRequiredObjects, 'query'],
  ['0.specId', badNames],
  ['0.stage', badNames],
]
const neitherRunNorStage: Bad = {
  ...badRequiredObjects,
  'with nothing': {},
  'with a run and a stage': { runId: 'run-1', specId: 'SPEC-1', stage: 'plan' },
  'with a spec but no stage': { specId: 'SPEC-1' },
  'with a stage but no spec': { stage: 'plan' },
}
const owned: readonly Refused[] = [
  ['0', neitherRunNorStage, 'query'],
  ['0.runId', badOptionalNames],
  ['0.limit', badLimits],
  ['0.cursor', badCursors],
]

/** Of the first run of `story`, after its first event. */
const aSnapshot = {
  runId: 'run-1',
  sequence: 1,
  position: 1,
  latestAt: new Date('2026-01-05T09:00:00.000Z'),
  version: SNAPSHOT_VERSION,
  digest: digest(''),
  state: '',
}

/** Whoever calls for good puts a file of their own in its place. */
const NOWHERE = join(tmpdir(), 'no file is ever made here')

/** Nothing is ever old enough for it, so that it can be applied again and again. */
const POLICY = {
  archiveAfterDays: 'never',
  deleteAfterDays: 36_500,
  keepLatest: 2,
  maxBytes: 2 ** 40,
  overrides: [{ stage: 'plan', labels: { team: 'a' }, keepLatest: 1 }],
}
const policy: readonly Refused[] = [
  ['0', badObjects, 'policy'],
  ['0.archiveAfterDays', badDays],
  ['0.deleteAfterDays', badDays],
  ['0.keepLatest', badOptionalCounts],
  ['0.maxBytes', badOptionalCounts],
  ['0.overrides', badOverrides],
]

/** Every method there is: the type keeps one from being forgotten here, a test keeps a store from having more. */
export const methods: Readonly<Record<MethodName, Method>> = {
  'runs.start': method(
    [{ id: 'new', specId: 'S', stage: 'plan', branch: 'b', expectedAgents: ['code'], labels: { a: 'b' } }],
    ['0', badRequiredObjects, 'run'],
    ['0.id', badOptionalNames],
    ['0.specId', badNames],
    ['0.stage', badNames],
    ['0.branch', badOptionalNames],
    ['0.expectedAgents', badNameLists],
    ['0.labels', badLabels],
  ),
  'runs.get': method(['run-1'], ['0', badNames, 'id']),
  'runs.list': method(
    [{ specId: 'SPEC-1', stage: 'plan', status: 'running', archived: false, limit: 10 }],
    ...page,
    ['0.specId', badOptionalNames],
    ['0.stage', badOptionalNames],
    ['0.status', badOptionalWords],
    ['0.archived', { null: null, 'a number': 1, 'a string': 'true' }],
  ),
  'runs.latest': method([{ specId: 'SPEC-1', stage: 'plan' }], ...stage),
  'runs.conclude': method(
    ['run-3', { verdict: 'failed', missingAgents: ['code'], agreements: ['a'], conflicts: ['b'] }],
    ['0', badNames, 'id'],
    ['1', badRequiredObjects, 'conclusion'],
    ['1.verdict', badWords],
    ['1.missingAgents', badNameLists],
    ['1.agreements', badTextLists],
    ['1.conflicts', badTextLists],
  ),
  'runs.abandon': method(['run-3'], ['0', badNames, 'id']),
  'runs.pin': method(['run-3'], ['0', badNames, 'id']),
  'runs.unpin': method(['run-3'], ['0', badNames, 'id']),
  'runs.record': method(
    [goldenBundle()],
    ['0', badRequiredObjects, 'bundle'],
    ['0.run', badRequiredObjects, 'bundle.run'],
    ['0.run.id', badNames, 'bundle.run.id'],
    ['0.executions', { ...badRequiredObjects, 'an array': [7] }, 'bundle.executions'],
    ['0.executions.0', badRequiredObjects, 'bundle.executions[0]'],
    ['0.executions.0.response', badOptionalTextBodies, 'bundle.executions[0].response'],
    ['0.artifacts', { ...badRequiredObjects, 'an array': [null] }, 'bundle.artifacts'],
    ['0.artifacts.0', badRequiredObjects, 'bundle.artifacts[0]'],
    ['0.artifacts.0.content', badJson, 'bundle.artifacts[0].content'],
    ['0.artifacts.0.metadata', badJson, 'bundle.artifacts[0].metadata'],
    ['0.syntheses', { ...badRequiredObjects, 'an array': new Array(1) }, 'bundle.syntheses'],
    ['0.syntheses.0', badRequiredObjects, 'bundle.syntheses[0]'],
    ['0.syntheses.0.markdown', badTextBodies, 'bundle.syntheses[0].markdown'],
    ['0.syntheses.0.metadata', badJson, 'bundle.syntheses[0].metadata'],
    ['0.events', { ...badRequiredObjects, 'an array': [] }, 'bundle.events'],
    ['0.events.0', badRequiredObjects, 'bundle.events[0]'],
    ['0.events.0.type', { ...badWords, inherited: 'toString' }, 'bundle.events[0].type'],
    ['0.events.0.sequence', { ...badAfters, zero: 0 }, 'bundle.events[0].sequence'],
    ['0.events.0.at', badDates, 'bundle.events[0].at'],
    ['0.events.0.data', badRequiredObjects, 'bundle.events[0].data'],
    ['0.events.0.data.specId', badNames, 'bundle.events[0].data.specId'],
    ['0.events.0.data.labels', badLabels, 'bundle.events[0].data.labels'],
    ['0.events.1.data.phaseType', badWords, 'bundle.events[1].data.phaseType'],
  ),
  'runs.delete': method(['run-2'], ['0', badNames, 'id']),
  'runs.bundle': method(['run-1'], ['0', badNames, 'id']),

  'executions.spawn': method(
    [{ agentId: 'new', runId: 'run-3', agentName: 'code', phaseType: 'quality-gate', modelVersion: 'm' }],
    ['0', badRequiredObjects, 'execution'],
    ['0.agentId', badOptionalNames],
    ['0.runId', badNames],
    ['0.agentName', badNames],
    ['0.phaseType', badWords],
    ['0.modelVersion', badOptionalNames],
  ),
  'executions.start': method(['c1'], ['0', badNames, 'agentId']),
  'executions.complete': method(
    ['c1', { response: 'done' }],
    ['0', badNames, 'agentId'],
    ['1', badRequiredObjects, 'completion'],
    ['1.response', badTextBodies],
  ),
  'executions.fail': method(
    ['c1', { reason: 'error', message: 'broke', response: 'half' }],
    ['0', badNames, 'agentId'],
    ['1', badRequiredObjects, 'failure'],
    ['1.reason', badNames],
    ['1.message', badTexts],
    ['1.response', badOptionalTextBodies],
  ),
  'executions.cancel': method(['c1'], ['0', badNames, 'agentId']),
  'executions.timeOut': method(['c1'], ['0', badNames, 'agentId']),
  'executions.get': method(['a1'], ['0', badNames, 'agentId']),
  'executions.list': method(
    [{ runId: 'run-1', specId: 'SPEC-1', stage: 'plan', status: 'completed', limit: 10 }],
    ...page,
    ['0.runId', badOptionalNames],
    ['0.specId', badOptionalNames],
    ['0.stage', badOptionalNames],
    ['0.status', badOptionalWords],
  ),
  'executions.response': method(['a1'], ['0', badNames, 'agentId']),
  'executions.failures': method([{ specId: 'SPEC-1' }], ...page, ['0.specId', badOptionalNames]),
  'executions.stale': method(
    [{ olderThan: new Date('2030-01-01') }],
    ...page,
    ['0', badRequiredObjects, 'query'],
    ['0.olderThan', badDates],
  ),

  'routes.find': method(['a1'], ['0', badNames, 'agentId']),
  'routes.findMany': method([['a1', 'a2']], ['0', badAgentIds, 'agentIds']),

  'artifacts.add': method(
    [{ id: 'new', runId: 'run-3', agentName: 'code', modelVersion: 'm', content: {}, metadata: {} }],
    ['0', badRequiredObjects, 'artifact'],
    ['0.id', badOptionalNames],
    ['0.runId', badNames],
    ['0.agentName', badNames],
    ['0.modelVersion', badOptionalNames],
    ['0.content', badJson],
    ['0.metadata', badOptionalJson],
  ),
  'artifacts.get': method(['art-1'], ['0', badNames, 'id']),
  'artifacts.list': method([{ runId: 'run-1' }], ...owned),

  'syntheses.add': method(
    [
      {
        id: 'new',
        runId: 'run-3',
        verdict: 'failed',
        markdown: '# None',
        agreements: ['a'],
        conflicts: ['b'],
        outputPath: 'plan.md',
        metadata: {},
      },
    ],
    ['0', badRequiredObjects, 'synthesis'],
    ['0.id', badOptionalNames],
    ['0.runId', badNames],
    ['0.verdict', badWords],
    ['0.markdown', badTextBodies],
    ['0.agreements', badTextLists],
    ['0.conflicts', badTextLists],
    ['0.outputPath', badPaths],
    ['0.metadata', badOptionalJson],
  ),
  'syntheses.get': method(['syn-1'], ['0', badNames, 'id']),
  'syntheses.latest': method([{ specId: 'SPEC-1', stage: 'plan' }], ...stage),
  'syntheses.list': method([{ runId: 'run-1' }], ...owned),

  'events.read': method(
    ['run-1', { after: 1, limit: 10 }],
    ['0', badNames, 'runId'],
    ['1', badObjects, 'query'],
    ['1.after', badAfters],
    ['1.limit', badLimits],
  ),
  'events.readAll': method(
    [{ after: 1, limit: 10 }],
    ['0', badObjects, 'query'],
    ['0.after', badAfters],
    ['0.limit', badLimits],
  ),

  'events.position': method([]),

  'cursors.save': method(['follower', 7], ['0', badNames, 'name'], ['1', badAfters, 'position']),
  'cursors.load': method(['follower'], ['0', badNames, 'name']),
  'cursors.list': method(
    [{ after: 'f', limit: 10 }],
    ['0', badObjects, 'query'],
    ['0.after', badOptionalNames],
    ['0.limit', badLimits],
  ),
  'cursors.delete': method(['follower'], ['0', badNames, 'name']),

  'snapshots.save': method(
    [aSnapshot],
    ['0', badRequiredObjects, 'snapshot'],
    ['0.runId', badNames],
    ['0.sequence', badSequences],
    ['0.position', badSequences],
    ['0.latestAt', badDates],
    ['0.version', { ...badSequences, 'more than four bytes': 2 ** 31 }],
    ['0.digest', badDigests],
    ['0.state', badTextBodies],
  ),
  'snapshots.latest': method(
    ['run-1', { to: 3 }],
    ['0', badNames, 'runId'],
    ['1', badObjects, 'query'],
    ['1.to', badPoints],
  ),
  'snapshots.delete': method(['run-1'], ['0', badOptionalNames, 'runId']),

  'archives.add': method(
    ['run-2', { folder: undefined }],
    ['0', badNames, 'runId'],
    ['1', badObjects, 'options'],
    ['1.folder', badFolders],
  ),
  'archives.get': method(['run-2'], ['0', badNames, 'runId']),
  'archives.list': method([{ limit: 10 }], ...page),
  'archives.restore': method(['run-2'], ['0', badNames, 'runId']),

  'retention.plan': method(
    [POLICY, { force: true }],
    ...policy,
    ['1', badObjects, 'options'],
    ['1.force', badOptionalFlags],
  ),
  'retention.apply': method(
    [POLICY, { force: true }],
    ...policy,
    ['1', badObjects, 'options'],
    ['1.force', badOptionalFlags],
    ['1.signal', badSignals],
    ['1.progress', badFunctions],
    ['1.folder', badFolders],
    ['1.gone', badFunctions],
  ),

  'chores.take': method(
    ['tidying', 'somebody', 1_000],
    ['0', badNames, 'chore'],
    ['1', badNames, 'holder'],
    ['2', { ...badAfters, zero: 0, 'more than a day': 86_400_001 }, 'forMs'],
  ),
  'chores.finish': method(
    [
      'tidying',
      'somebody',
      { startedAt: new Date(0), endedAt: new Date(1), ok: true, summary: { runs: 1, file: 'a', all: true } },
    ],
    ['0', badNames, 'chore'],
    ['1', badNames, 'holder'],
    ['2', badRequiredObjects, 'outcome'],
    ['2.startedAt', badDates],
    ['2.endedAt', badDates],
    ['2.ok', { undefined: undefined, null: null, 'a number': 1, 'a string': 'true' }],
    ['2.summary', badRequiredObjects],
    [
      '2.summary.runs',
      { undefined: undefined, null: null, NaN: Number.NaN, 'an object': {}, 'a bigint': 1n },
    ],
  ),
  'chores.list': method([]),

  transaction: method(
    [async () => undefined],
    ['0', { ...badRequiredObjects, 'a promise': Promise.resolve() }, 'work'],
  ),
  arrival: method(
    [1, { withinMs: 0, signal: undefined }],
    ['0', badAfters, 'after'],
    ['1', badRequiredObjects, 'options'],
    ['1.withinMs', { ...badAfters, 'longer than a timer can be set for': 2 ** 31 }],
    ['1.signal', badSignals],
  ),
  identity: method([]),
  health: method(
    [{ staleAfterMs: 1, freeShare: 0.5, backupAgeMs: 1, policy: {} }],
    ['0', badObjects, 'options'],
    ['0.staleAfterMs', badAfters],
    ['0.latencyMs', badAfters],
    ['0.freeShare', { ...badAfters, fractional: 1.5 }],
    ['0.walBytes', badAfters],
    ['0.roomBytes', badAfters],
    ['0.backupAgeMs', badAfters],
    ['0.policy', badObjects],
  ),
  verify: method(
    ['run-1', {}],
    ['0', badOptionalNames, 'runId'],
    ['1', badObjects, 'options'],
    ['1.progress', badFunctions],
  ),
  rebuild: method(
    ['run-1', { untold: 'keep' }],
    ['0', badOptionalNames, 'runId'],
    ['1', badObjects, 'options'],
    ['1.untold', badOptionalWords],
    ['1.progress', badFunctions],
  ),
  reclaim: method(
    [{ convert: 'never', signal: undefined, progress: undefined }],
    ['0', badObjects, 'options'],
    ['0.convert', badOptionalWords],
    ['0.signal', badSignals],
    ['0.progress', badFunctions],
  ),
  backup: method(
    [NOWHERE, { keep: 2, signal: undefined, progress: undefined }],
    ['0', badFiles, 'file'],
    ['1', badObjects, 'options'],
    ['1.keep', badLimits],
    ['1.signal', badSignals],
    ['1.progress', badFunctions],
  ),
  close: method([]),
}

export const methodNames = Object.keys(methods) as readonly MethodName[]

const storeNouns: Readonly<Record<keyof StoreNouns, true>> = { archives: true, retention: true, chores: true }

/** Whether it is a method of a noun that transactions have too. */
export const isNounMethod = (name: MethodName): name is NounMethod => {
  const [noun, verb] = name.split('.') as [string, string?]
  return verb !== undefined && !Object.hasOwn(storeNouns, noun)
}

/** Whether a method of a noun changes nothing, whatever it is given. */
export const isRead = (name: MethodName): boolean =>
  /\.(get|list|latest|bundle|response|failures|stale|find|findMany|read|readAll|position|load)$/.test(name)

/** The methods a store really has, by their full names. */
export const methodsOf = (store: ConsensusStore): readonly string[] =>
  Object.entries(store).flatMap(([key, member]: [string, unknown]) => {
    if (typeof member === 'function') return [key]
    if (typeof member !== 'object' || member === null || key === 'supports') return []
    return Object.entries(member).flatMap(([verb, value]) =>
      typeof value === 'function' ? [`${key}.${verb}`] : [],
    )
  })

/** Calls a method by its full name. */
export function call(store: Nouns, name: MethodName, args: readonly unknown[]): Promise<unknown> {
  const [first, verb] = name.split('.') as [string, string | undefined]
  const owner = (verb === undefined ? store : store[first as keyof Nouns]) as unknown as Record<
    string,
    Callable
  >
  return owner[verb ?? first]!(...args)
}

type Callable = (...args: readonly unknown[]) => Promise<unknown>

/** A copy of `args` in which `value` is at `path`. */
export function withValueAt(args: unknown, [step, ...rest]: Refusal['path'], value: unknown): unknown {
  if (step === undefined) return value
  const copy: unknown[] & Record<string, unknown> = (
    Array.isArray(args) ? [...args] : { ...(args as object) }
  ) as never
  copy[step as never] = withValueAt(copy[step as never], rest, value) as never
  return copy
}
