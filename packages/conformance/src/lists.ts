import type { Nouns, Page, PageQuery } from '@consensus-store/core'
import { anAgent, anArtifact, aRun, aSynthesis } from './fixtures.ts'

/** One way to list something: how such a thing comes to be, and how it is asked for. */
export interface List {
  /** What decides how much of it goes when a run is deleted. */
  readonly of: 'runs' | 'many runs' | 'one run'
  /** Adds one that the list shows, to the run `owner` unless told, when it is not a run itself. */
  add(store: Nouns, id: string, runId?: string): Promise<unknown>
  /** The ids on one page. */
  ids(store: Nouns, query?: PageQuery): Promise<Page<string>>
  /** The same list, asked another question. */
  other(store: Nouns, query: PageQuery): Promise<unknown>
}

const stage = { specId: 'SPEC-1', stage: 'plan' }
const byId = <T extends { readonly id: string }>(page: Page<T>) => ({
  ...page,
  items: page.items.map(({ id }) => id),
})
const byAgent = <T extends { readonly agentId: string }>(page: Page<T>) => ({
  ...page,
  items: page.items.map(({ agentId }) => agentId),
})

const OWNER = 'owner'

const addRun: List['add'] = (store, id) => aRun(store, { id, ...stage })
const addAgent: List['add'] = (store, agentId, runId = OWNER) => anAgent(store, { runId, agentId })
const addArtifact: List['add'] = (store, id, runId = OWNER) => anArtifact(store, { runId, id })
const addSynthesis: List['add'] = (store, id, runId = OWNER) => aSynthesis(store, { runId, id })
const addFailure: List['add'] = async (store, agentId, runId) => {
  await addAgent(store, agentId, runId)
  await store.executions.fail(agentId, { reason: 'error', message: 'broke' })
}

/** The run that owns what is not a run itself; lists of runs leave it out. */
export const anOwner = (store: Nouns, id = OWNER) => aRun(store, { id, specId: 'OWNER' })

const owner = { specId: 'OWNER', stage: 'plan' }
const olderThan = new Date('2030-01-01')

/** Every list there is, by how it is asked for. */
export const lists: Readonly<Record<string, List>> = {
  'runs of a spec': {
    of: 'runs',
    add: addRun,
    ids: async ({ runs }, query) => byId(await runs.list({ specId: 'SPEC-1', ...query })),
    other: ({ runs }, query) => runs.list({ specId: 'SPEC-2', ...query }),
  },
  'running runs of a stage': {
    of: 'runs',
    add: addRun,
    ids: async ({ runs }, query) => byId(await runs.list({ ...stage, status: 'running', ...query })),
    other: ({ runs }, query) => runs.list({ ...stage, ...query }),
  },
  executions: {
    of: 'many runs',
    add: addAgent,
    ids: async ({ executions }, query) => byAgent(await executions.list(query)),
    other: ({ executions }, query) => executions.list({ status: 'spawned', ...query }),
  },
  'executions of a run': {
    of: 'one run',
    add: addAgent,
    ids: async ({ executions }, query) => byAgent(await executions.list({ runId: 'owner', ...query })),
    other: ({ executions }, query) => executions.list({ runId: 'other', ...query }),
  },
  'spawned executions of a stage': {
    of: 'many runs',
    add: addAgent,
    ids: async ({ executions }, query) =>
      byAgent(await executions.list({ ...owner, status: 'spawned', ...query })),
    other: ({ executions }, query) => executions.list({ ...owner, status: 'failed', ...query }),
  },
  failures: {
    of: 'many runs',
    add: addFailure,
    ids: async ({ executions }, query) => byAgent(await executions.failures(query)),
    other: ({ executions }, query) => executions.list(query),
  },
  'failures of a spec': {
    of: 'many runs',
    add: addFailure,
    ids: async ({ executions }, query) => byAgent(await executions.failures({ specId: 'OWNER', ...query })),
    other: ({ executions }, query) => executions.failures(query),
  },
  'stale executions': {
    of: 'many runs',
    add: addAgent,
    ids: async ({ executions }, query) => byAgent(await executions.stale({ olderThan, ...query })),
    other: ({ executions }, query) => executions.stale({ olderThan: new Date('2030-01-02'), ...query }),
  },
  'artifacts of a run': {
    of: 'one run',
    add: addArtifact,
    ids: async ({ artifacts }, query) => byId(await artifacts.list({ runId: 'owner', ...query })),
    other: ({ artifacts }, query) => artifacts.list({ ...owner, ...query }),
  },
  'artifacts of a stage': {
    of: 'many runs',
    add: addArtifact,
    ids: async ({ artifacts }, query) => byId(await artifacts.list({ ...owner, ...query })),
    other: ({ artifacts }, query) => artifacts.list({ ...stage, ...query }),
  },
  'syntheses of a run': {
    of: 'one run',
    add: addSynthesis,
    ids: async ({ syntheses }, query) => byId(await syntheses.list({ runId: 'owner', ...query })),
    other: ({ artifacts }, query) => artifacts.list({ runId: 'owner', ...query }),
  },
  'syntheses of a stage': {
    of: 'many runs',
    add: addSynthesis,
    ids: async ({ syntheses }, query) => byId(await syntheses.list({ ...owner, ...query })),
    other: ({ syntheses }, query) => syntheses.list({ runId: 'owner', ...query }),
  },
}

/** Ends a run with all its agents, and deletes it. */
export async function endAndDelete(store: Nouns, runId: string): Promise<void> {
  const { items } = await store.executions.list({ runId })
  for (const { agentId, endedAt } of items) if (!endedAt) await store.executions.cancel(agentId)
  await store.runs.abandon(runId)
  await store.runs.delete(runId)
}
