import {
  type Bundle,
  type ConsensusStore,
  checkBundle,
  conflict,
  continuesLog,
  type EncodedBundle,
  type Execution,
  type LogEntry,
  logOf,
} from '@consensus-store/core'
import { scratch } from './scratch.ts'

/** The run something is stored in, as far as an import cares. */
export interface Owner {
  readonly runId: string
  readonly sourceRunId: string | undefined
}

/** Where an import goes: what is there, and a place for more. */
export interface Destination extends Disposable {
  ownerOf(kind: 'artifacts' | 'syntheses', id: string): Promise<Owner | undefined>
  execution(agentId: string): Promise<Execution | undefined>
  hasRun(id: string): Promise<boolean>
  /** What a run's log tells; empty if there is no such run. */
  log(runId: string): Promise<readonly LogEntry[]>
  /**
   * Writes a run whole, or what its stored log lacks. INVALID when it does not hold together, CONFLICT when it is stored
   * with another log, or an id it brings is taken.
   */
  record(bundle: Bundle): Promise<void>
}

/** The label under which a run keeps the id it had where it came from. */
export const SOURCE_RUN_ID = 'sourceRunId'

/** A store. */
export const live = (store: ConsensusStore): Destination => ({
  async ownerOf(kind, id) {
    const stored = await store[kind].get(id)
    const run = stored && (await store.runs.get(stored.runId))
    return run && { runId: run.id, sourceRunId: run.labels[SOURCE_RUN_ID] }
  },
  execution: (agentId) => store.executions.get(agentId),
  hasRun: async (id) => (await store.runs.get(id)) !== undefined,
  log: (runId) => logOf(store, runId),
  async record(bundle) {
    await store.runs.record(bundle)
  },
  [Symbol.dispose]: () => {},
})

/**
 * A store as it would be: nothing is written to it, and what would have been is remembered, on disk and without its
 * bodies, for as long as the rehearsal takes.
 */
export function rehearsal(store: ConsensusStore): Destination {
  const there = live(store)
  const db = scratch()
  db.exec('create table planned (noun text, id text, fact text, primary key (noun, id)) without rowid')
  const insert = db.prepare('insert or replace into planned values (?, ?, ?)')
  const select = db.prepare('select fact from planned where noun = ? and id = ?').pluck()
  const planned = <T>(noun: string, id: string): T | undefined => {
    const fact = select.get(noun, id) as string | undefined
    return fact === undefined ? undefined : JSON.parse(fact)
  }

  const would: Omit<Destination, 'record' | typeof Symbol.dispose> = {
    ownerOf: async (kind, id) => planned<Owner>(kind, id) ?? there.ownerOf(kind, id),
    async execution(agentId) {
      const execution = planned<Execution & { spawnedAt: string }>('executions', agentId)
      return execution ? { ...execution, spawnedAt: new Date(execution.spawnedAt) } : there.execution(agentId)
    },
    hasRun: async (id) => planned('runs', id) !== undefined || there.hasRun(id),
    async log(runId) {
      const log = planned<readonly (LogEntry & { at: string })[]>('runs', runId)
      return log ? log.map((entry) => ({ ...entry, at: new Date(entry.at) })) : there.log(runId)
    },
  }

  /** A store would find out by itself. */
  async function mustFit({ run, executions, artifacts, syntheses, events }: EncodedBundle): Promise<void> {
    if (!continuesLog(events, await would.log(run.id)))
      throw conflict(`Run ${run.id} is stored with another log`)
    const mustBeFree = (id: string, owner: Pick<Owner, 'runId'> | undefined) => {
      if (owner && owner.runId !== run.id)
        throw conflict(`${id} is in the bundle, but belongs to run ${owner.runId}`)
    }
    for (const { row } of executions) mustBeFree(row.agentId, await would.execution(row.agentId))
    for (const { row } of artifacts) mustBeFree(row.id, await would.ownerOf('artifacts', row.id))
    for (const { row } of syntheses) mustBeFree(row.id, await would.ownerOf('syntheses', row.id))
  }

  return {
    ...would,
    async record(bundle) {
      const encoded = checkBundle(bundle)
      await mustFit(encoded)
      const { run, executions, artifacts, syntheses, events } = encoded
      const owner = JSON.stringify({ runId: run.id, sourceRunId: run.labels[SOURCE_RUN_ID] })
      insert.run('runs', run.id, JSON.stringify(events))
      for (const { row } of executions) insert.run('executions', row.agentId, JSON.stringify(row))
      for (const { row } of artifacts) insert.run('artifacts', row.id, owner)
      for (const { row } of syntheses) insert.run('syntheses', row.id, owner)
    },
    [Symbol.dispose]: () => void db.close(),
  }
}
