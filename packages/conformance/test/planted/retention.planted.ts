// What is to go goes when it is its time, archived before if it had to be; the rest stays; and the plan says so beforehand.
import {
  type ConsensusStore,
  encodeBundle,
  type HeldRun,
  type Holdings,
  type Retention,
  type RetentionOverride,
  type RetentionPolicy,
  retentionOver,
  StoreError,
} from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { cachedStore } from './cached-store.ts'
import { changed, plant, plantSubject } from './plant.ts'
import { publicHoldings } from './public-holdings.ts'

const DAY_MS = 86_400_000

/** Faults in what a backend brings to retention. */
const plantHoldings = (
  fault: string,
  by: string,
  spoil: (holdings: Holdings, store: ConsensusStore) => Partial<Holdings>,
  suite: 'retention' | 'retentionMeanwhile' = 'retention',
) =>
  plant(fault, by, suite, (store, env) => {
    const holdings = publicHoldings(store)
    return { ...store, retention: retentionOver({ ...holdings, ...spoil(holdings, store) }, env) }
  })

/** Runs that look otherwise than they are, and whatever keeps them from going taken out of the way. */
const seenAs = (
  look: (run: HeldRun) => Partial<HeldRun>,
  clear: (store: ConsensusStore, id: string) => Promise<unknown> = async () => {},
) => {
  return ({ runsAfter, delete: remove }: Holdings, store: ConsensusStore): Partial<Holdings> => ({
    runsAfter: async (...args) => (await runsAfter(...args)).map((run) => ({ ...run, ...look(run) })),
    async *delete(runs) {
      for (const { id, version } of runs) {
        const [now] = (await runsAfter(undefined, 1_000, 1_000)).filter((run) => run.id === id)
        if (now?.version !== version) continue
        await clear(store, id)
        const [cleared] = (await runsAfter(undefined, 1_000, 1_000)).filter((run) => run.id === id)
        yield* remove(cleared ? [cleared] : [])
      }
    },
  })
}

const later = (ms: number) => (run: HeldRun) => ({
  endedAt: run.endedAt && new Date(run.endedAt.getTime() + ms),
})

/** Faults in retention as callers see it. */
const plantRetention = (
  fault: string,
  by: string,
  spoil: (retention: Retention, store: ConsensusStore) => Partial<Retention>,
  suite: 'retention' | 'retentionMeanwhile' = 'retention',
) =>
  plant(fault, by, suite, (store) => ({
    ...store,
    retention: { ...store.retention, ...spoil(store.retention, store) },
  }))

/** The policy is taken for another. */
const plantPolicy = (fault: string, by: string, misread: (policy: RetentionPolicy) => RetentionPolicy) =>
  plantRetention(fault, by, ({ plan, apply }) => ({
    plan: async (policy, options) => plan(policy && misread(policy), options),
    apply: async (policy, options) => apply(policy && misread(policy), options),
  }))

/** Whether an override that comes after others is for any run that those are not for. */
const everCounts = (
  { stage, labels = {} }: RetentionOverride,
  i: number,
  all: readonly RetentionOverride[],
): boolean =>
  !all.slice(0, i).some((earlier) => {
    const wanted = Object.entries(earlier.labels ?? {})
    return (earlier.stage ?? stage) === stage && wanted.every(([key, value]) => labels[key] === value)
  })

plantHoldings(
  'a run goes a millisecond too early',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  seenAs(later(-1)),
)
plantHoldings(
  'a run goes a millisecond too late',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  seenAs(later(1)),
)
plantHoldings(
  'a run goes a day too late',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  seenAs(later(DAY_MS)),
)
plantHoldings(
  'ages count from the start',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  seenAs(({ endedAt, startedAt }) => ({ endedAt: endedAt && startedAt })),
)
plantHoldings(
  'a clock that had jumped back makes a run old',
  'counts ages from the start of a run at least, when the clock had jumped back by its end',
  ({ runsAfter }, store) => ({
    async runsAfter(...args) {
      return Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const { events } = (await store.runs.bundle(run.id))!
          const { concludedAt } = (await store.runs.get(run.id))!
          return { ...run, endedAt: run.endedAt && (concludedAt ?? events.at(-1)!.at) }
        }),
      )
    },
  }),
)
plantHoldings(
  'the last event of a concluded run counts',
  'counts the age of an abandoned run from its last event, also when it is archived',
  ({ runsAfter }, store) => ({
    async runsAfter(...args) {
      return Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const log = await store.events.read(run.id, { limit: 1_000 })
          return { ...run, endedAt: run.endedAt && (log.at(-1)?.at ?? run.endedAt) }
        }),
      )
    },
  }),
)
plantHoldings(
  'an abandoned run counts from when it was abandoned',
  'counts the age of an abandoned run from its last event, also when it is archived',
  ({ runsAfter }, store) => ({
    async runsAfter(...args) {
      return Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const { events } = (await store.runs.bundle(run.id))!
          const abandoned = events.find(({ type }) => type === 'run.abandoned')
          return { ...run, endedAt: abandoned?.at ?? run.endedAt }
        }),
      )
    },
  }),
)
plantHoldings(
  'an abandoned run that is archived counts from when it was archived',
  'counts the age of an abandoned run from its last event, also when it is archived',
  ({ runsAfter }, store) => ({
    async runsAfter(...args) {
      return Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const archive = run.status === 'abandoned' ? await store.archives.get(run.id) : undefined
          return { ...run, endedAt: archive?.archivedAt ?? run.endedAt }
        }),
      )
    },
  }),
)

plantHoldings(
  'pinned runs are forgotten to be pinned',
  'never touches a run that is running, pinned or waited for, and says which it is',
  seenAs(
    () => ({ pinned: false }),
    (store, id) => store.runs.unpin(id),
  ),
)
plantHoldings(
  'agents at work are forgotten',
  'never touches a run that is running, pinned or waited for, and says which it is',
  seenAs(
    () => ({ inFlight: false }),
    async ({ executions }, id) => {
      const { items } = await executions.list({ runId: id })
      for (const { agentId } of items) await executions.cancel(agentId).catch(() => {})
    },
  ),
)
plantHoldings(
  'running runs have an age',
  'never touches a run that is running, pinned or waited for, and says which it is',
  seenAs(
    ({ status, startedAt, endedAt }) => ({
      status: status === 'running' ? 'abandoned' : status,
      endedAt: endedAt ?? startedAt,
    }),
    (store, id) => store.runs.abandon(id).catch(() => {}),
  ),
)

plantHoldings(
  'archived runs are not among the latest',
  'counts runs among the latest whatever they are: archived, pinned, running',
  ({ runsAfter }) => ({
    async runsAfter(...args) {
      const all = await runsAfter(undefined, 10_000, 10_000)
      return (await runsAfter(...args)).map((run) => {
        const newer = all
          .slice(all.findIndex(({ id }) => id === run.id) + 1)
          .filter(({ specId, stage, archived }) => specId === run.specId && stage === run.stage && !archived)
        return { ...run, newer: newer.length }
      })
    },
  }),
)
plantHoldings(
  'of the same start, the lesser id is the latest',
  'keeps the latest of each spec and stage, of the same start the greater id',
  ({ runsAfter }) => ({
    async runsAfter(...args) {
      const all = await runsAfter(undefined, 10_000, 10_000)
      return (await runsAfter(...args)).map((run) => {
        const newer = all.filter(({ id, specId, stage, startedAt }) => {
          const later = startedAt.getTime() - run.startedAt.getTime()
          return specId === run.specId && stage === run.stage && (later || Number(id < run.id)) > 0
        })
        return { ...run, newer: newer.length }
      })
    },
  }),
)
plantHoldings(
  'a run is lost between two pages',
  'reads more runs than it reads at once, and knows the latest of each stage all the same',
  ({ runsAfter }) => ({
    runsAfter: async (key, limit, countNewer) =>
      (await runsAfter(key, key ? limit + 1 : limit, countNewer)).slice(key ? 1 : 0),
  }),
)
plantPolicy(
  'one too few of the latest are kept',
  'keeps the latest of each spec and stage, of the same start the greater id',
  (policy) => ({
    ...policy,
    ...(policy.keepLatest && { keepLatest: policy.keepLatest - 1 }),
  }),
)
plantPolicy(
  'one too many of the latest are kept',
  'keeps the latest of each spec and stage, of the same start the greater id',
  (policy) => ({
    ...policy,
    ...(policy.keepLatest && { keepLatest: policy.keepLatest + 1 }),
  }),
)
plantHoldings(
  'the latest of a spec are kept, whatever their stage',
  'keeps the latest of each spec and stage, of the same start the greater id',
  ({ runsAfter }) => ({
    async runsAfter(...args) {
      const all = await runsAfter(undefined, 10_000, 10_000)
      return (await runsAfter(...args)).map((run) => {
        const newer = all
          .slice(all.findIndex(({ id }) => id === run.id) + 1)
          .filter(({ specId }) => specId === run.specId)
        return { ...run, newer: newer.length }
      })
    },
  }),
)

plantPolicy(
  'the last override counts',
  'goes by the first override that a run fits, and by the policy in what that does not say',
  (policy) => ({
    ...policy,
    ...(policy.overrides && { overrides: policy.overrides.toReversed().filter(everCounts) }),
  }),
)
plantPolicy(
  'an override is by any of its labels',
  'goes by the first override that a run fits, and by the policy in what that does not say',
  (policy) => ({
    ...policy,
    ...(policy.overrides && {
      overrides: policy.overrides.flatMap(({ labels = {}, ...rest }) => {
        const keys = Object.entries(labels).slice(0, 1)
        return [{ ...rest, ...(keys.length > 0 && { labels: Object.fromEntries(keys) }) }]
      }),
    }),
  }),
)
plantPolicy(
  'what an override does not say is as if no policy said it',
  'keeps the latest of a stage that an override is for, when only the policy says so',
  (policy) => ({
    ...policy,
    ...(policy.overrides && {
      overrides: policy.overrides.map((rule) => ({ deleteAfterDays: 90, keepLatest: 0, ...rule })),
    }),
  }),
)

plantHoldings(
  'a budget takes the newest first',
  'brings forward the runs that ended first while there are more bytes than may be',
  seenAs((run) => {
    const now = Date.parse('2027-03-01T12:00:00.000Z')
    const age = run.endedAt ? now - run.endedAt.getTime() : Number.POSITIVE_INFINITY
    return age < 30 * DAY_MS ? { endedAt: new Date(now - 30 * DAY_MS + age + 1) } : {}
  }),
)
plantHoldings(
  'a budget takes those that began first',
  'brings forward the runs that ended first while there are more bytes than may be',
  seenAs((run) => (run.startedAt.getTime() > Date.parse('2027-01-30') ? { endedAt: run.startedAt } : {})),
)
plantPolicy(
  'a budget is a byte too generous',
  'brings forward the runs that ended first while there are more bytes than may be',
  (policy) => ({
    ...policy,
    ...(policy.maxBytes !== undefined && { maxBytes: policy.maxBytes + 1 }),
  }),
)
plantHoldings(
  'bytes are characters',
  'counts the bytes of all bodies in UTF-8, and of an archive as it is kept',
  ({ runsAfter }, store) => ({
    async runsAfter(...args) {
      return Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const { executions, artifacts, syntheses } = encodeBundle((await store.runs.bundle(run.id))!)
          const bodies = [
            ...executions.flatMap(({ response }) => response ?? []),
            ...artifacts.flatMap(({ content, metadata }) => [content, metadata]),
            ...syntheses.flatMap(({ markdown, metadata }) => [markdown, metadata]),
          ]
          return run.archived
            ? run
            : { ...run, bytes: bodies.reduce((sum, { text }) => sum + text.length, 0) }
        }),
      )
    },
  }),
)
plantHoldings(
  'metadata weigh nothing',
  'counts the bytes of all bodies in UTF-8, and of an archive as it is kept',
  ({ runsAfter }, store) => ({
    async runsAfter(...args) {
      return Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const { artifacts, syntheses } = encodeBundle((await store.runs.bundle(run.id))!)
          const metadata = [...artifacts, ...syntheses].reduce((sum, row) => sum + row.metadata.bytes, 0)
          return run.archived ? run : { ...run, bytes: run.bytes - metadata }
        }),
      )
    },
  }),
)
plantHoldings(
  'an archive weighs what its bodies did',
  'counts the bytes of all bodies in UTF-8, and of an archive as it is kept',
  ({ runsAfter }, store) => ({
    runsAfter: async (...args) =>
      Promise.all(
        (await runsAfter(...args)).map(async (run) => {
          const archive = await store.archives.get(run.id)
          return { ...run, bytes: archive?.bundleBytes ?? run.bytes }
        }),
      ),
  }),
)

plantRetention(
  'planning archives what is to be archived',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  ({ plan }, store) => ({
    async plan(policy, options) {
      const planned = await plan(policy, options)
      for (const { runId, action } of planned.decisions)
        if (action === 'archive') await store.archives.add(runId)
      return planned
    },
  }),
)
plantRetention(
  'applying says what it planned, and does half of it',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  ({ plan, apply }) => ({
    async apply(policy, options) {
      const planned = await plan(policy, options)
      const enough = new AbortController()
      let chunks = 0
      const progress = () => {
        chunks += 1
        if (chunks * 2 >= planned.archive.runs + planned.delete.runs) enough.abort()
      }
      await apply(policy, { ...options, progress, signal: enough.signal }).catch((error: unknown) => {
        if (!enough.signal.aborted) throw error
      })
      const { asOf, archive, delete: deleted } = planned
      return { asOf, archived: archive, deleted, failed: [] }
    },
  }),
)
plantHoldings(
  'what is said to be deleted is still there',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  () => ({
    async *delete(runs) {
      yield runs.map(({ id }) => ({ id, agentIds: [] }))
    },
  }),
)
plantHoldings(
  'what was to be archived is deleted without',
  'archives a run 30 days after its conclusion and deletes it after 90, to the millisecond',
  ({ depot }, store) => ({
    depot: {
      ...depot,
      put: async ({ runId }) => (await store.runs.delete(runId)) !== undefined,
    },
  }),
)
plantRetention(
  'what could not be archived is deleted all the same',
  'goes on past a run that cannot be archived, names it, and does not delete it',
  ({ apply }, store) => ({
    async apply(policy, options) {
      const outcome = await apply(policy, options)
      for (const { runId } of outcome.failed) await store.runs.delete(runId)
      return outcome
    },
  }),
)
plantRetention(
  'one run that cannot be archived stops all others',
  'goes on past a run that cannot be archived, names it, and does not delete it',
  ({ apply }) => ({
    async apply(policy, options) {
      const outcome = await apply(policy, options)
      const [first] = outcome.failed
      return first ? { ...outcome, archived: { runs: 0, bytes: 0 }, deleted: { runs: 0, bytes: 0 } } : outcome
    },
  }),
)
plantRetention(
  'what could not be archived is not named',
  'goes on past a run that cannot be archived, names it, and does not delete it',
  ({ apply }) => ({
    apply: async (policy, options) => ({ ...(await apply(policy, options)), failed: [] }),
  }),
)
plantRetention(
  'archives are kept in the folder when their runs are gone',
  'keeps archives in a folder too, each before its run leaves',
  ({ apply }, store) => ({
    async apply(policy, { folder, ...options } = {}) {
      const before = await store.archives.list()
      const outcome = await apply(policy, options)
      for (const archive of (await store.archives.list()).items) {
        if (!before.items.some(({ runId }) => runId === archive.runId))
          await folder?.keep(archive, new Uint8Array(archive.bytes))
      }
      return outcome
    },
  }),
)
plantRetention(
  'archives of earlier times are deleted without being kept in the folder',
  'brings archives of earlier times into the folder, before it deletes them',
  ({ apply }, store) => ({
    async apply(policy, { folder, ...options } = {}) {
      const before = new Set((await store.archives.list()).items.map(({ runId }) => runId))
      return apply(policy, {
        ...options,
        folder: folder && {
          keep: async (archive, compressed) =>
            before.has(archive.runId) ? undefined : folder.keep(archive, compressed),
        },
      })
    },
  }),
)
plantRetention(
  'what nobody knows of options is passed over',
  'refuses options that nobody knows: one may be meant to keep it from what it does',
  ({ plan, apply }) => ({
    plan: (policy, { force, signal } = {}) => plan(policy, { force, signal }),
    apply: (policy, { force, signal, progress, folder, gone } = {}) =>
      apply(policy, { force, signal, progress, folder, gone }),
  }),
)
plantRetention('who aborts a plan is not heard', 'hears who aborts while it looks at runs', ({ plan }) => ({
  plan: (policy, { signal: _, ...options } = {}) => plan(policy, options),
}))
plantRetention(
  'nobody is told of the agents of archived runs',
  'tells how far it is, and of all agents whose routes went, when they are gone',
  ({ apply }, store) => ({
    apply: async (policy, { gone, ...options } = {}) =>
      apply(policy, {
        ...options,
        async gone(agentIds) {
          const archived = new Set((await store.archives.list()).items.map(({ runId }) => `${runId} a`))
          await gone?.(agentIds.filter((agentId) => !archived.has(agentId)))
        },
      }),
  }),
)
plantSubject(
  'routes that were found are found when their runs are gone',
  'tells how far it is, and of all agents whose routes went, when they are gone',
  'retention',
  {
    open: async (options) => {
      const memory = memoryStore(options)
      return { ...cachedStore(memory), retention: memory.retention }
    },
  },
)
plantRetention(
  'nobody is waited for who is told of agents',
  'tells how far it is, and of all agents whose routes went, when they are gone',
  ({ apply }) => ({
    apply: async (policy, { gone, ...options } = {}) =>
      apply(policy, {
        ...options,
        async gone(agentIds) {
          setTimeout(() => void gone?.(agentIds), 5)
        },
      }),
  }),
)
plantRetention(
  'who aborts is not heard',
  'rejects with the reason of its signal, and goes on where it was stopped',
  ({ apply }) => ({
    apply: async (policy, { signal: _, ...options } = {}) => apply(policy, options),
  }),
)
plantRetention(
  'who aborts is told something else',
  'rejects with the reason of its signal, and goes on where it was stopped',
  ({ apply }) => ({
    apply: async (policy, options) =>
      apply(policy, options).catch((error: unknown) => {
        throw options?.signal?.aborted ? new Error('aborted') : error
      }),
  }),
)
plantHoldings(
  'any clock is believed',
  'refuses a clock more than ten years past the newest event, unless it is forced',
  () => ({ newestAt: async () => undefined }),
)
plantHoldings(
  'the newest event is the only one that a clock is compared with',
  'goes by the start of the newest run, too, and refuses no clock of an empty store',
  (_, store) => ({
    newestAt: async () => (await store.events.readAll({ limit: 1_000 })).at(-1)?.at,
  }),
)
plantRetention(
  'a clock is compared though it is forced',
  'refuses a clock more than ten years past the newest event, unless it is forced',
  ({ plan, apply }) => ({
    plan: (policy) => plan(policy),
    apply: (policy, { force: _, ...options } = {}) => apply(policy, options),
  }),
)

plantHoldings(
  'what is deleted is not looked at again before',
  'leaves a run as it is whose id was used again before it would be deleted',
  (_, store) => ({
    async *delete(runs) {
      for (const { id } of runs) {
        const deleted = await store.runs.delete(id).catch(() => undefined)
        if (deleted) yield [deleted]
      }
    },
  }),
  'retentionMeanwhile',
)
plantHoldings(
  'what is archived is not looked at again before',
  'does not archive a run that was pinned, deleted or begun anew while it was packed',
  ({ depot }, store) => ({
    depot: {
      ...depot,
      put: async ({ runId }) =>
        store.archives.add(runId).then(
          () => true,
          () => false,
        ),
    },
  }),
  'retentionMeanwhile',
)
plantRetention(
  'a run that somebody changed meanwhile is a failure',
  'leaves a run as it is that is pinned before it would be deleted',
  ({ plan, apply }, store) => ({
    async apply(policy, options) {
      const { decisions } = await plan(policy, options)
      const outcome = await apply(policy, options)
      const left: string[] = []
      for (const { runId, action } of decisions) {
        if (action.endsWith('delete') && (await store.runs.get(runId))) left.push(runId)
      }
      const failed = left.map((runId) => ({ runId, code: 'CONFLICT' as const, message: 'changed' }))
      return { ...outcome, failed }
    },
  }),
  'retentionMeanwhile',
)

/** Runs count as of one spec and stage when these are the same. */
const latestBy =
  (key: (run: HeldRun) => string) =>
  ({ runsAfter }: Holdings): Partial<Holdings> => ({
    async runsAfter(...args) {
      const all = await runsAfter(undefined, 10_000, 10_000)
      return (await runsAfter(...args)).map((run) => {
        const later = all.slice(all.findIndex(({ id }) => id === run.id) + 1)
        return { ...run, newer: later.filter((other) => key(other) === key(run)).length }
      })
    },
  })
plantHoldings(
  'a spec and a stage are one text with a space between',
  'tells specs and stages apart that look alike',
  latestBy(({ specId, stage }) => `${specId} ${stage}`),
)
plantHoldings(
  'specs and stages are alike in small and capital letters',
  'tells specs and stages apart that look alike',
  latestBy(({ specId, stage }) => JSON.stringify([specId, stage]).toLowerCase()),
)
plantPolicy(
  'a budget takes what is never to go',
  'brings forward neither the latest nor what may never go, however many bytes there are',
  (policy) => ({
    ...policy,
    ...(policy.overrides && {
      overrides: policy.overrides.map((rule) => ({ ...rule, deleteAfterDays: 36_500 })),
    }),
  }),
)
plant(
  'the ids of what retention deleted cannot be used again',
  'takes all that deleting takes, run by run, and lets the ids of all it owned be used again',
  'retention',
  (store) => {
    const known = new Set<string>()
    return changed(store, ({ artifacts }) => ({
      artifacts: {
        async add(input) {
          if (known.has(input.id!) && !(await artifacts.get(input.id!)))
            throw new StoreError('CONFLICT', `${input.id} is taken`)
          const artifact = await artifacts.add(input)
          known.add(artifact.id)
          return artifact
        },
      },
    }))
  },
)
plantRetention(
  'a folder that is away is a failure of each run',
  'rejects when its folder cannot be had, archives nothing, and goes on when it can',
  ({ apply }) => ({
    apply: (policy, { folder, ...options } = {}) =>
      apply(policy, {
        ...options,
        folder: folder && {
          ...folder,
          keep: (archive, compressed) =>
            folder.keep(archive, compressed).catch((error: Error) => {
              throw new StoreError('CONFLICT', error.message)
            }),
        },
      }),
  }),
)
plantRetention(
  'who aborts is heard only before it begins',
  'tells how far it is as it goes, and stops before long when it is to stop',
  ({ apply }) => ({
    async apply(policy, { signal, progress, ...options } = {}) {
      signal?.throwIfAborted()
      const { archived, deleted, ...outcome } = await apply(policy, options)
      progress?.({ archived, deleted })
      signal?.throwIfAborted()
      return { archived, deleted, ...outcome }
    },
  }),
  'retentionMeanwhile',
)
plantRetention(
  'who asks while it is done is given what came of that',
  'is done once, however often it is asked for at the same time',
  ({ apply }) => {
    let underWay: ReturnType<Retention['apply']> | undefined
    return {
      apply(...args) {
        underWay ??= apply(...args).finally(() => {
          underWay = undefined
        })
        return underWay
      },
    }
  },
  'retentionMeanwhile',
)
