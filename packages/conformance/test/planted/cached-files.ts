import { type ConsensusStore, type Env, systemEnv } from '@consensus-store/core'
import { cachedStore, passingCopies } from './cached-store.ts'
import { fileStore } from './file-store.ts'
import { fileMedium } from './medium.ts'

/** For how long copies in a process are good, when nobody tells it what others delete; by what is wrong with that. */
export const copiesLast = {
  'nothing is wrong': 60,
  'what others deleted is found for ever': Number.POSITIVE_INFINITY,
  'what others deleted is found for longer than is stated': 500,
}

export type CachedFile = keyof typeof copiesLast

/** What all of them state. */
export const STATED_MS = 60

export const cachedFileStore = async (
  fault: CachedFile,
  path: string,
  env: Env = systemEnv,
): Promise<ConsensusStore> =>
  cachedStore(await fileStore(fileMedium(path), env), { copies: () => passingCopies(copiesLast[fault]) })
