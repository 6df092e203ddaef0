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
import { afterEach, beforeEach, describe } from 'vitest'
import { describeSuites, type SuiteName } from '../../src/describe-store.ts'
import { storeTest } from '../../src/store-test.ts'
import type { Subject } from '../../src/subject.ts'
import { backups } from '../../src/suites/backups.ts'
import { replaying } from '../../src/suites/replaying.ts'
import { watching } from '../../src/suites/watching.ts'

/** Plants one fault in a store that is otherwise right, and names the suite that must notice. */
export function plant(
  fault: string,
  suite: SuiteName,
  spoil: (store: ConsensusStore, env: Env) => ConsensusStore,
): void {
  plantSubject(fault, suite, {
    open: async ({ env = systemEnv } = {}) => spoil(memoryStore({ env }), env),
  })
}

export const plantSubject = (fault: string, suite: SuiteName, subject: Subject): void =>
  untilCaught(fault, () => describeSuites('suite', subject, [suite]))

/** Plants a fault in who watches a store that is right. */
export const plantWatch = (fault: string, follow: typeof watch): void =>
  untilCaught(fault, () =>
    describe('suite', () => watching(storeTest({ open: async (options) => memoryStore(options) }), follow)),
  )

/** Plants a fault in who replays what is in a store that is right. */
export const plantReplay = (fault: string, replayRun: typeof replay): void =>
  untilCaught(fault, () =>
    describe('suite', () =>
      replaying(storeTest({ open: async (options) => memoryStore(options) }), replayRun)),
  )

/** Plants a fault in who restores backups to stores that are right. */
export const plantRestore = (fault: string, restore: typeof restoreBackup): void =>
  untilCaught(fault, () =>
    describe('suite', () => backups(storeTest({ open: async (options) => memoryStore(options) }), restore)),
  )

export function untilCaught(fault: string, suite: () => void): void {
  describe(fault, () => {
    // The first test that fails has caught it; what the others would say takes time and tells nothing.
    let caught = false
    beforeEach(({ skip }) => skip(caught, 'caught already'))
    afterEach(({ task }) => {
      caught ||= task.result?.state === 'fail'
    })
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
