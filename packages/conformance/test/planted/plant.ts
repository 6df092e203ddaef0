import {
  type ConsensusStore,
  type Env,
  type Nouns,
  type replay,
  type restoreBackup,
  systemEnv,
  type watch,
} from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { beforeEach, describe } from 'vitest'
import { type SuiteName, suites } from '../../src/describe-store.ts'
import { storeTest } from '../../src/store-test.ts'
import type { Subject } from '../../src/subject.ts'
import { backups } from '../../src/suites/backups.ts'
import { replaying } from '../../src/suites/replaying.ts'
import { watching } from '../../src/suites/watching.ts'

/** Plants one fault in a store that is otherwise right, and names the test that must notice, and the suite that is of. */
export function plant(
  fault: string,
  by: string,
  suite: SuiteName,
  spoil: (store: ConsensusStore, env: Env) => ConsensusStore,
): void {
  plantSubject(fault, by, suite, {
    open: async ({ env = systemEnv } = {}) => spoil(memoryStore({ env }), env),
  })
}

export const plantSubject = (fault: string, by: string, suite: SuiteName, subject: Subject): void =>
  mustNotice(fault, by, () => suites[suite](storeTest(subject)))

const inMemory: Subject = { open: async (options) => memoryStore(options) }

/** Plants a fault in who watches a store that is right. */
export const plantWatch = (fault: string, by: string, follow: typeof watch): void =>
  mustNotice(fault, by, () => watching(storeTest(inMemory), follow))

/** Plants a fault in who replays what is in a store that is right. */
export const plantReplay = (fault: string, by: string, replayRun: typeof replay): void =>
  mustNotice(fault, by, () => replaying(storeTest(inMemory), replayRun))

/** Plants a fault in who restores backups to stores that are right. */
export const plantRestore = (fault: string, by: string, restore: typeof restoreBackup): void =>
  mustNotice(fault, by, () => backups(storeTest(inMemory), restore))

/** Runs that test alone which must fail: others may fail too, for any reason. */
export function mustNotice(fault: string, by: string, suite: () => void): void {
  describe(fault, () => onlyTest(by, suite))
}

/** Runs one test of a suite, in a group of its title. */
export function onlyTest(title: string, suite: () => void): void {
  describe(title, () => {
    beforeEach(({ task, skip }) => skip(task.name !== title, 'is another one'))
    suite()
  })
}

/** Some methods of some nouns. */
export type Changes = { readonly [N in keyof Nouns]?: Partial<Nouns[N]> }

/** The store with some methods replaced, inside transactions too. */
export const changed = (
  store: ConsensusStore,
  change: (nouns: Nouns) => Changes,
  extra: Partial<ConsensusStore> = {},
): ConsensusStore => ({
  ...store,
  ...changedNouns(store, change),
  transaction: (work) => store.transaction((tx) => work(changedNouns(tx, change))),
  ...extra,
})

function changedNouns(nouns: Nouns, change: (nouns: Nouns) => Changes): Nouns {
  const changes = change(nouns)
  return {
    runs: { ...nouns.runs, ...changes.runs },
    executions: { ...nouns.executions, ...changes.executions },
    routes: { ...nouns.routes, ...changes.routes },
    artifacts: { ...nouns.artifacts, ...changes.artifacts },
    syntheses: { ...nouns.syntheses, ...changes.syntheses },
    events: { ...nouns.events, ...changes.events },
    cursors: { ...nouns.cursors, ...changes.cursors },
    snapshots: { ...nouns.snapshots, ...changes.snapshots },
  }
}

/** Whether an error is a refusal with this code. */
export const hasCode = (error: unknown, code: string): boolean =>
  (error as { readonly code?: unknown } | undefined)?.code === code
