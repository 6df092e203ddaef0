import type { Nouns } from '@consensus-store/core'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { told } from './serial.ts'

/** One kind of thing that transactions read and write: two of them, `x` and `y`, in runs of the same names. */
export interface Way {
  /** Changes a thing; `by` is who does. */
  write(tx: Nouns, thing: string, by: string): Promise<unknown>
  /** What is to be seen of a thing; the order does not matter. */
  read(tx: Nouns, thing: string): Promise<readonly string[]>
}

export const stage = { specId: 'SPEC-1', stage: 'plan' }

const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id).sort()
const agents = (items: readonly { readonly agentId: string }[]) => items.map(({ agentId }) => agentId).sort()

const addArtifact: Way['write'] = (tx, runId, by) => anArtifact(tx, { runId, id: `${runId} ${by}` })
const addSynthesis: Way['write'] = (tx, runId, by) => aSynthesis(tx, { runId, id: `${runId} ${by}` })
const spawn: Way['write'] = (tx, runId, by) => anAgent(tx, { runId, agentId: `${runId} ${by}` })
const startRun: Way['write'] = (tx, thing, by) => aRun(tx, { id: `${thing} ${by}`, specId: thing })

/** Every way to read what others may be writing, by what is read. */
export const ways: Readonly<Record<string, Way>> = {
  'the artifacts of a run': {
    write: addArtifact,
    read: async (tx, runId) => ids((await tx.artifacts.list({ runId })).items),
  },
  'the artifacts of a stage': {
    write: addArtifact,
    read: async (tx, runId) =>
      ids((await tx.artifacts.list(stage)).items).filter((id) => id.startsWith(runId)),
  },
  'an artifact that is not there yet': {
    write: addArtifact,
    read: async (tx, runId) =>
      ids(
        (await Promise.all(['A', 'B', 'C'].map((by) => tx.artifacts.get(`${runId} ${by}`)))).filter(
          (it) => it !== undefined,
        ),
      ),
  },
  'the syntheses of a stage': {
    write: addSynthesis,
    read: async (tx, runId) =>
      ids((await tx.syntheses.list(stage)).items).filter((id) => id.startsWith(runId)),
  },
  'the latest synthesis of a stage': {
    write: async (tx, thing, by) => {
      const { id: runId } = await aRun(tx, { id: `${thing} ${by}`, specId: thing })
      await aSynthesis(tx, { runId, id: runId })
    },
    read: async (tx, specId) => [(await tx.syntheses.latest({ specId, stage: 'plan' }))?.id ?? 'none'],
  },
  'the executions of a run': {
    write: spawn,
    read: async (tx, runId) => agents((await tx.executions.list({ runId })).items),
  },
  'executions that failed': {
    write: (tx, runId) => tx.executions.timeOut(`${runId} agent`),
    read: async (tx, runId) =>
      agents((await tx.executions.failures()).items).filter((agentId) => agentId.startsWith(runId)),
  },
  'executions that have not ended': {
    write: (tx, runId) => tx.executions.timeOut(`${runId} agent`),
    read: async (tx, runId) => {
      const { items } = await tx.executions.stale({ olderThan: new Date('2030-01-01') })
      return agents(items).filter((agentId) => agentId.startsWith(runId))
    },
  },
  'the status of an execution': {
    write: (tx, runId) => tx.executions.start(`${runId} agent`),
    read: async (tx, runId) => [(await tx.executions.get(`${runId} agent`))!.status],
  },
  'the answer of an execution': {
    write: (tx, runId) => tx.executions.complete(`${runId} agent`, { response: 'done' }),
    read: async (tx, runId) => [(await tx.executions.response(`${runId} agent`)) ?? 'none'],
  },
  'a route that is not there yet': {
    write: spawn,
    read: async (tx, runId) =>
      ((await tx.routes.find(`${runId} A`)) ?? (await tx.routes.find(`${runId} B`))) ? ['found'] : [],
  },
  'many routes': {
    write: spawn,
    read: async (tx, runId) =>
      [...(await tx.routes.findMany(['A', 'B', 'C'].map((by) => `${runId} ${by}`))).keys()].sort(),
  },
  'a flag of a run': {
    write: (tx, id) => tx.runs.pin(id),
    read: async (tx, id) => [String((await tx.runs.get(id))!.pinned)],
  },
  'runs that are running': {
    write: (tx, id) => tx.runs.abandon(id),
    read: async (tx, id) =>
      ids((await tx.runs.list({ status: 'running' })).items).filter((other) => other === id),
  },
  'the latest run of a stage': {
    write: startRun,
    read: async (tx, specId) => [(await tx.runs.latest({ specId, stage: 'plan' }))?.id ?? 'none'],
  },
  'the bundle of a run': {
    write: addArtifact,
    read: async (tx, id) => (await tx.runs.bundle(id))!.events.map(({ type }) => type),
  },
  'the log of a run': {
    write: addArtifact,
    read: async (tx, runId) => (await tx.events.read(runId)).map(told),
  },
  'the log of all runs': {
    write: addArtifact,
    read: async (tx, runId) => (await tx.events.readAll()).filter((event) => event.runId === runId).map(told),
  },
}

/** What is there before transactions begin. */
export async function twoThings(store: Nouns): Promise<void> {
  for (const runId of ['x', 'y']) {
    await aRun(store, { id: runId, ...stage })
    await anAgent(store, { runId, agentId: `${runId} agent` })
  }
}
