import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  archiveFolder,
  type ConsensusStore,
  type DeletedRun,
  encodeHistory,
  type Nouns,
  type RetentionPolicy,
  replay,
  StoreError,
  upkeepRound,
  watch,
} from '@consensus-store/core'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { likeGoldenBundle } from '../golden-bundle.ts'
import { increment } from '../increment.ts'
import { appendAndRead } from '../isolation/list-append.ts'
import { persistently } from '../persistently.ts'
import { type CrewWorkload, playCrews } from '../routing/play-crews.ts'

const WAYS = ['one by one', 'in a transaction', 'as a bundle'] as const

/** What a task tells while it is at work; it is told when the promise of what it tells of has resolved. */
export type Report = (message: unknown) => void

/** What another process can be asked to do with a store. Input and outcome travel between processes, so they are plain. */
export const tasks = {
  /** Writes for as long as it lives, several things at once, and reports what was acknowledged. */
  async write(store: ConsensusStore, { name }: { name: string }, report: Report): Promise<void> {
    await Promise.all(
      WAYS.map(async (way) => {
        for (let i = 0; ; i++) await writeHistory(store, `${name} ${i} ${way}`, way, report)
      }),
    )
  },

  /** Starts a run unless others have, and spawns agents into it, one after the other. */
  async spawn(store: ConsensusStore, { runId, name, count }: { runId: string; name: string; count: number }) {
    await persistently(() => aRun(store, { id: runId }))
    for (let i = 0; i < count; i++) {
      await persistently(() => anAgent(store, { runId, agentId: `${name} ${i}`, agentName: name }))
    }
  },

  /** Tries to end agents in its own way, and gives those it was first with. */
  async end(store: ConsensusStore, { agentIds, name }: { agentIds: readonly string[]; name: string }) {
    const won: string[] = []
    for (const agentId of agentIds) {
      try {
        await persistently(() => store.executions.complete(agentId, { response: name }))
        won.push(agentId)
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'CONFLICT')) throw error
      }
    }
    return won
  },

  /** Adds to a count, by transactions that read it and then write it. */
  async count(store: ConsensusStore, { runId, count }: { runId: string; count: number }) {
    for (let i = 0; i < count; i++) await persistently(() => store.transaction(increment(runId)))
  },

  /** Gives space back again and again, and reports when it begins. */
  async reclaim(store: ConsensusStore, _: object, report: Report): Promise<void> {
    while (true) {
      report('reclaiming')
      await store.reclaim()
    }
  },

  /** Backs the store up again and again, and reports each backup. */
  async 'back up'(store: ConsensusStore, { file }: { file: string }, report: Report): Promise<void> {
    while (true) report(await store.backup(file, { keep: 2 }))
  },

  /** Says which store it finds. */
  identify: (store: ConsensusStore, _: object) => store.identity(),

  /** Deletes runs, one after the other, and gives those it was first with. */
  async delete(store: ConsensusStore, { runIds }: { runIds: readonly string[] }, report: Report) {
    const won: DeletedRun[] = []
    for (const id of runIds) {
      const deleted = await persistently(() => store.runs.delete(id))
      if (deleted) won.push(deleted)
      report(id)
    }
    return won
  },

  /** Applies a policy, reports whenever it is some way further, and gives what came of it. */
  retain: (store: ConsensusStore, { policy }: { policy: RetentionPolicy }, report: Report) =>
    persistently(() => store.retention.apply(policy, { force: true, progress: report })),

  /** Archives runs, one after the other, or puts them back, and reports each of them. */
  async archive(store: ConsensusStore, { runIds, folder, restoring }: ArchiveInput, report: Report) {
    const options = folder === undefined ? {} : { folder: archiveFolder(folder) }
    for (const id of runIds) {
      await persistently<unknown>(() =>
        restoring ? store.archives.restore(id) : store.archives.add(id, options),
      )
      report(id)
    }
  },

  /** Takes a chore so many times, counting with it in a way that two at once would get wrong; gives what it counted from. */
  async 'do a chore'(store: ConsensusStore, { name, rounds }: { name: string; rounds: number }) {
    const seen: number[] = []
    while (seen.length < rounds) {
      if (!(await persistently(() => store.chores.take('counting', name, 60_000)))) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        continue
      }
      const startedAt = new Date()
      const count = (await store.cursors.load('count')) ?? 0
      seen.push(count)
      await persistently(() => store.cursors.save('count', count + 1))
      await persistently(() =>
        store.chores.finish('counting', name, {
          startedAt,
          endedAt: new Date(),
          ok: true,
          summary: { count },
        }),
      )
    }
    return seen
  },

  /** Takes a chore, reports until when it has it, and is at it until it is killed. */
  async 'take a chore'(
    store: ConsensusStore,
    { name, forMs }: { name: string; forMs: number },
    report: Report,
    told: Promise<unknown>,
  ) {
    await store.chores.take('counting', name, forMs)
    const [chore] = await store.chores.list()
    report({ heldUntil: chore?.heldUntil?.getTime() })
    await told
  },

  /** Does upkeep, reports when it is at it, and stays there until it is killed or told to let go. */
  async 'keep well'(
    store: ConsensusStore,
    { leaseMs }: { leaseMs: number },
    report: Report,
    told: Promise<unknown>,
  ) {
    const reclaim: ConsensusStore['reclaim'] = async (options) => {
      report('at it')
      await told
      return store.reclaim(options)
    }
    await upkeepRound({ ...store, reclaim }, { reclaim: {}, leaseMs })
  },

  'append and read': appendAndRead,

  /** Plays its crews, reports when it is done with them, and goes on looking for others' until it is told to let go. */
  route: (store: ConsensusStore, workload: CrewWorkload, report: Report, told: Promise<unknown>) =>
    playCrews(store, workload, {
      async others(done) {
        await done
        report('done')
        await told
      },
    }),

  /** Follows the log until it has seen so many events, and gives their positions. */
  async follow(store: ConsensusStore, { count }: { count: number }) {
    const seen: number[] = []
    while (seen.length < count) {
      const events = await store.events.readAll({ after: seen.at(-1) ?? 0, limit: 10 })
      seen.push(...events.map(({ position }) => position))
      if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return seen
  },

  /** Watches the log from the beginning until it was told of so many events, and gives their positions. */
  async watch(store: ConsensusStore, { count }: { count: number }, report: Report) {
    const seen: number[] = []
    for await (const { position } of watch(store, { limit: 10 })) {
      seen.push(position)
      report(position)
      if (seen.length === count) break
    }
    return seen
  },

  /** Replays a run until it is told of so many events, and gives what it was each time: of how many events, and as text. */
  async replay(store: ConsensusStore, { runId, events, snapshotEvery }: ReplayInput) {
    const told: (readonly [sequence: number, state: string])[] = []
    while ((told.at(-1)?.[0] ?? 0) < events) {
      await nextTurn()
      const history = await replay(store, runId, { snapshotEvery })
      told.push([history.run.lastSequence, encodeHistory(history)])
    }
    return told
  },

  /** Opens a transaction, writes a run and an agent in it, and keeps it open until it is killed or told to let go. */
  async hold(store: ConsensusStore, { runId }: { runId: string }, report: Report, told: Promise<unknown>) {
    await store.transaction(async (tx) => {
      await aRun(tx, { id: runId })
      await anAgent(tx, { runId, agentId: `${runId} agent` })
      report('holding')
      await told
    })
  },
} satisfies Record<
  string,
  (store: ConsensusStore, input: never, report: Report, told: Promise<unknown>) => unknown
>

export type TaskName = keyof typeof tasks
export type TaskInput<T extends TaskName> = Parameters<(typeof tasks)[T]>[1]
export type TaskOutcome<T extends TaskName> = Awaited<ReturnType<(typeof tasks)[T]>>

interface ArchiveInput {
  readonly runIds: readonly string[]
  /** Where archives are kept as files too. */
  readonly folder?: string
  readonly restoring?: boolean
}

interface ReplayInput {
  runId: string
  events: number
  snapshotEvery: number
}

/** What `write` leaves behind under one id, in each of its ways: a report tells how many events it has by then. */
async function writeHistory(store: ConsensusStore, id: string, way: string, report: Report): Promise<void> {
  const steps: readonly ((nouns: Nouns) => Promise<unknown>)[] = [
    (nouns) => aRun(nouns, { id }),
    (nouns) => anAgent(nouns, { runId: id, agentId: id }),
    (nouns) => nouns.executions.complete(id, { response: bodyOf(id) }),
    (nouns) => anArtifact(nouns, { runId: id, id, content: bodyOf(id) }),
    (nouns) => aSynthesis(nouns, { runId: id, id, markdown: bodyOf(id) }),
  ]
  if (way === 'one by one') {
    for (const [i, step] of steps.entries()) {
      await step(store)
      report({ id, events: i + 1 })
    }
  } else if (way === 'in a transaction') {
    await store.transaction(async (tx) => {
      for (const step of steps) await step(tx)
    })
    report({ id, events: steps.length })
  } else {
    const { lastSequence } = await store.runs.record(likeGoldenBundle(id))
    report({ id, events: lastSequence })
  }
}

/** A body of some pages, so that writing it takes a while. */
export const bodyOf = (id: string): string => `${id}\n`.repeat(500)
