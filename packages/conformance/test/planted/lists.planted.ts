// Lists are newest first in a total order, and no page skips, repeats, or loads a body.
import type { Nouns, Page, PageQuery } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

type ListRuns = Nouns['runs']['list']

plant(
  'the row a page ended with begins the next one',
  'come in pages that end where the list ends',
  'paging',
  (store) => {
    const last = new Map<string, unknown>()
    return changed(store, ({ runs }) => ({
      runs: {
        list: async (query) => {
          const page = await runs.list(query)
          if (page.next) last.set(page.next, page.items.at(-1))
          const repeated = query?.cursor === undefined ? [] : [last.get(query.cursor)]
          return { ...page, items: [...repeated, ...page.items] as typeof page.items }
        },
      },
    }))
  },
)

plant(
  'the first row of every further page is passed over',
  'come in pages that end where the list ends',
  'paging',
  (store) =>
    changed(store, ({ syntheses }) => ({
      syntheses: {
        list: async (query) => {
          const page = await syntheses.list(query)
          return query.cursor === undefined ? page : { ...page, items: page.items.slice(1) }
        },
      },
    })),
)

plant('a full last page promises another', 'come in pages that end where the list ends', 'paging', (store) =>
  changed(store, ({ executions }) => ({
    executions: {
      list: async (query) => {
        const page = await executions.list(query)
        return page.items.length === query?.limit ? { ...page, next: page.next ?? 'more' } : page
      },
    },
  })),
)

plant(
  'pages are counted from the beginning, not from a key',
  'neither skip nor repeat what was there, while more is added',
  'paging',
  (store) => {
    const offsets: ListRuns = async (query) => {
      const { cursor, limit = 50, ...filters } = query ?? {}
      const offset = Number(cursor ?? 0)
      const { items } = await store.runs.list({ ...filters, limit: 1_000 })
      const next = offset + limit < items.length ? String(offset + limit) : undefined
      return { items: items.slice(offset, offset + limit), next }
    }
    return { ...store, runs: { ...store.runs, list: offsets } }
  },
)

plant(
  'a cursor is taken for any question',
  'refuse a cursor that was given to another question',
  'paging',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: { failures: (query) => withAnyCursor(executions.failures, query) },
    })),
)

/** Puts the position a cursor holds into the form the list expects of its own. */
async function withAnyCursor<T, Q extends PageQuery>(
  list: (query?: Q) => Promise<Page<T>>,
  query: Q | undefined,
): Promise<Page<T>> {
  try {
    return await list(query)
  } catch (error) {
    const { cursor, ...rest } = query ?? {}
    if (!hasCode(error, 'INVALID') || cursor === undefined) throw error
    return list(rest as Q)
  }
}

const sorted =
  (list: ListRuns, compare: (a: string, b: string) => number): ListRuns =>
  async (query) => {
    const page = await list(query)
    const items = [...page.items].sort(
      (a, b) => b.startedAt.getTime() - a.startedAt.getTime() || compare(a.id, b.id),
    )
    return { ...page, items }
  }

plant(
  'ids are in the order of their UTF-16',
  'of one millisecond are in the order of their ids’ code points, greatest first',
  'paging',
  (store) =>
    changed(store, ({ runs }) => ({ runs: { list: sorted(runs.list, (a, b) => (a < b ? 1 : -1)) } })),
)

plant(
  'ids are in the order of a language',
  'of one millisecond are in the order of their ids’ code points, greatest first',
  'paging',
  (store) =>
    changed(store, ({ runs }) => ({ runs: { list: sorted(runs.list, (a, b) => b.localeCompare(a)) } })),
)

plant(
  'rows of one millisecond are in any order',
  'of one millisecond are in the order of their ids’ code points, greatest first',
  'paging',
  (store) =>
    changed(store, ({ runs }) => ({ runs: { list: sorted(runs.list, (a, b) => a.length - b.length) } })),
)

plant(
  'more than a hundred are never given',
  'are fifty at a time unless told, and a thousand at most',
  'paging',
  (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: { list: (query) => artifacts.list({ ...query, limit: Math.min(query.limit ?? 50, 100) }) },
    })),
)

plant(
  'a hundred are given unless told',
  'are fifty at a time unless told, and a thousand at most',
  'paging',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: { stale: (query) => executions.stale({ limit: 100, ...query }) },
    })),
)

plant(
  'the latest run is the one that was written last',
  'are the latest of their stage by when they started, whatever was written last',
  'runs',
  (store) => {
    let last = ''
    return changed(store, ({ runs }) => ({
      runs: {
        async start(input) {
          const run = await runs.start(input)
          last = run.id
          return run
        },
        latest: async (query) => (await runs.latest(query)) && (await runs.get(last)),
      },
    }))
  },
)

plant(
  'the latest synthesis is that of the latest run',
  'are the latest of their stage by when they were added, in whatever run',
  'syntheses',
  (store) =>
    changed(store, ({ runs, syntheses }) => ({
      syntheses: {
        async latest(query) {
          const run = await runs.latest(query)
          const [newest] = run ? (await syntheses.list({ runId: run.id })).items : []
          return newest && syntheses.get(newest.id)
        },
      },
    })),
)

plant(
  'lists of artifacts load their contents',
  'are listed as they are found, but without their content',
  'artifacts',
  (store) =>
    changed(store, ({ artifacts }) => ({
      artifacts: {
        async list(query) {
          const page = await artifacts.list(query)
          return {
            ...page,
            items: await Promise.all(page.items.map(async ({ id }) => (await artifacts.get(id))!)),
          }
        },
      },
    })),
)

plant(
  'lists of executions load their responses',
  'are listed as they are found, without their responses',
  'executions',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        async list(query) {
          const page = await executions.list(query)
          const items = page.items.map(async (row) => ({
            ...row,
            response: await executions.response(row.agentId),
          }))
          return { ...page, items: await Promise.all(items) }
        },
      },
    })),
)

plant(
  'failures leave out agents that timed out',
  'are failures when they failed or timed out',
  'executions',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        failures: async (query) => {
          const page = await executions.failures(query)
          return { ...page, items: page.items.filter(({ status }) => status === 'failed') }
        },
      },
    })),
)

plant(
  'stale are agents that have ended, too',
  'are stale when they were spawned before an instant and have not ended',
  'executions',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        stale: async ({ olderThan, ...query }) => {
          await executions.stale({ olderThan, ...query })
          const { items } = await executions.list()
          return { items: items.filter(({ spawnedAt }) => spawnedAt < olderThan), next: undefined }
        },
      },
    })),
)

plant(
  'stale are agents spawned at the very instant, too',
  'are stale when they were spawned before an instant and have not ended',
  'executions',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        stale: (query) => executions.stale({ ...query, olderThan: new Date(query.olderThan.getTime() + 1) }),
      },
    })),
)

plant(
  'a status is not asked for together with a stage',
  'are listed by spec, stage and status, alone and together',
  'runs',
  (store) =>
    changed(store, ({ runs }) => ({
      runs: { list: (query) => runs.list(query?.stage ? { ...query, status: undefined } : query) },
    })),
)
