import {
  type Capabilities,
  type Classify,
  type ConsensusStore,
  name as checkedName,
  type Env,
  guard,
  type Health,
  verifyRuns,
} from '@consensus-store/core'
import type { Session } from './context.ts'
import { nouns } from './nouns.ts'

/** What a backend brings: sessions on a database that is open and migrated. */
export interface SqlBackend {
  readonly name: string
  readonly supports: Capabilities
  readonly env: Env
  /** For calls outside transactions. */
  readonly session: Session
  /** Runs `work` in one serializable transaction of its own, and again if the database asks for that. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
  health(): Promise<Health>
  /** Waits for what is under way, then lets the database go. */
  close(): Promise<void>
  readonly classify: Classify
}

/** The store over any database that speaks the shared SQL. */
export function sqlStore({ name, supports, env, session, classify, ...backend }: SqlBackend): ConsensusStore {
  const outside = nouns({ session, env })
  return guard(
    {
      ...outside,
      name,
      supports,
      transaction: (work) => backend.transaction((session) => work(nouns({ session, env }))),
      verify: async (runId) =>
        verifyRuns(outside, runId === undefined ? undefined : checkedName(runId, 'runId')),
      health: () => backend.health(),
      close: () => backend.close(),
      [Symbol.asyncDispose]: () => backend.close(),
    },
    classify,
  )
}
