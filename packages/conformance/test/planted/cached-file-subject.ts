import type { OpenOptions, Subject } from '../../src/subject.ts'
import { type CachedFile, cachedFileStore, STATED_MS } from './cached-files.ts'
import { newFile } from './new-file.ts'

/** A store in a file, with copies of routes in each process that opens it. */
export const cachedFileSubject = (fault: CachedFile): Subject => ({
  staleRoutesMs: STATED_MS,
  open: ({ env } = {}) => cachedFileStore(fault, newFile(), env),
  async place() {
    const path = newFile()
    return {
      open: ({ env }: OpenOptions = {}) => cachedFileStore(fault, path, env),
      opener: new URL('./cached-file-opener.ts', import.meta.url),
      location: `${fault}|${path}`,
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
})
