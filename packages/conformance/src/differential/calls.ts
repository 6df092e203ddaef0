import fc from 'fast-check'
import {
  agentNames,
  executionStatuses,
  ids,
  json,
  labels,
  modelVersions,
  phaseTypes,
  reasons,
  runIds,
  runStatuses,
  specs,
  stages,
  texts,
  verdicts,
} from './pools.ts'
import type { Call } from './step.ts'

/** An object with some members always, and some only at times. */
const object = <R extends object, O extends object>(
  always: { [K in keyof R]: fc.Arbitrary<R[K]> },
  atTimes: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<object> =>
  fc.record({ ...always, ...atTimes } as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: Object.keys(always) as never,
    noNullPrototype: true,
  })

const calling = (method: Call['method'], ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Call> =>
  fc.tuple(...args).map((given) => ({ method, args: given }))

const fewNames = fc.array(agentNames, { maxLength: 2 })
const fewTexts = fc.array(texts, { maxLength: 2 })
/** Left out now and then, so that the store makes one. */
const idOrNone = fc.option(ids, { nil: undefined, freq: 6 })
const limit = fc.integer({ min: 1, max: 3 })
/** About when a generated history plays. */
const instants = fc.integer({ min: -2, max: 12 }).map((ms) => new Date(Date.UTC(2026, 0, 5, 9) + ms))

const starting = calling(
  'runs.start',
  object(
    { specId: specs, stage: stages },
    { id: runIds, branch: fc.constantFrom('main', 'Main'), expectedAgents: fewNames, labels },
  ),
)
/** Nearly every run is started under an id of the pool, or nothing could be added to it. */
export const startingNamed = calling(
  'runs.start',
  object({ id: runIds, specId: specs, stage: stages }, { labels }),
)

export const spawning = calling(
  'executions.spawn',
  object(
    { agentId: idOrNone, runId: runIds, agentName: agentNames, phaseType: phaseTypes },
    { modelVersion: modelVersions },
  ),
)
const adding = calling(
  'artifacts.add',
  object(
    { id: idOrNone, runId: runIds, agentName: agentNames, content: json },
    { modelVersion: modelVersions, metadata: json },
  ),
)
const synthesising = calling(
  'syntheses.add',
  object(
    { id: idOrNone, runId: runIds, verdict: verdicts, markdown: texts },
    {
      agreements: fewTexts,
      conflicts: fewTexts,
      outputPath: fc.constantFrom('plan.md', 'Plan.md'),
      metadata: json,
    },
  ),
)
const conclusion = object(
  { verdict: verdicts },
  { missingAgents: fewNames, agreements: fewTexts, conflicts: fewTexts },
)
const failure = object({ reason: reasons, message: texts }, { response: texts })

export const writes: fc.Arbitrary<Call> = fc.oneof(
  { weight: 6, arbitrary: spawning },
  { weight: 4, arbitrary: adding },
  { weight: 3, arbitrary: synthesising },
  { weight: 2, arbitrary: starting },
  { weight: 2, arbitrary: startingNamed },
  { weight: 2, arbitrary: calling('executions.start', ids) },
  { weight: 2, arbitrary: calling('executions.complete', ids, object({ response: texts }, {})) },
  { weight: 2, arbitrary: calling('executions.fail', ids, failure) },
  { weight: 1, arbitrary: calling('executions.cancel', ids) },
  { weight: 1, arbitrary: calling('executions.timeOut', ids) },
  { weight: 1, arbitrary: calling('runs.conclude', runIds, conclusion) },
  { weight: 1, arbitrary: calling('runs.abandon', runIds) },
  { weight: 1, arbitrary: calling('runs.delete', runIds) },
  { weight: 1, arbitrary: calling('runs.pin', runIds) },
  { weight: 1, arbitrary: calling('runs.unpin', runIds) },
  { weight: 1, arbitrary: calling('cursors.save', ids, fc.nat(9)) },
  { weight: 1, arbitrary: calling('cursors.delete', ids) },
)

const stage = object({ specId: specs, stage: stages }, {})
const owned = fc.oneof(
  object({ runId: runIds }, { limit }),
  object({ specId: specs, stage: stages }, { limit }),
)

export const lists: fc.Arbitrary<Call> = fc.oneof(
  calling(
    'runs.list',
    object({}, { specId: specs, stage: stages, status: runStatuses, archived: fc.boolean(), limit }),
  ),
  calling(
    'executions.list',
    object({}, { runId: runIds, specId: specs, stage: stages, status: executionStatuses, limit }),
  ),
  calling('executions.failures', object({}, { specId: specs, limit })),
  calling('executions.stale', object({ olderThan: instants }, { limit })),
  calling('artifacts.list', owned),
  calling('syntheses.list', owned),
)

export const reads: fc.Arbitrary<Call> = fc.oneof(
  calling('runs.get', runIds),
  calling('runs.latest', stage),
  calling('runs.bundle', runIds),
  calling('executions.get', ids),
  calling('executions.response', ids),
  calling('routes.find', ids),
  calling('routes.findMany', fc.array(ids, { maxLength: 4 })),
  calling('artifacts.get', ids),
  calling('syntheses.get', ids),
  calling('syntheses.latest', stage),
  calling('cursors.load', ids),
  calling('cursors.list', object({}, { after: ids, limit })),
  calling('events.read', runIds, object({}, { after: fc.nat(4), limit })),
  calling('runs.list'),
  calling('executions.list'),
  calling('executions.failures'),
)

/** What transactions do not have. */
export const archiving: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: calling('archives.add', runIds) },
  { weight: 2, arbitrary: calling('archives.restore', runIds) },
  { weight: 1, arbitrary: calling('archives.get', runIds) },
  { weight: 1, arbitrary: calling('archives.list', object({}, { limit })) },
)
