import type { OpenOptions, Subject } from '../../src/subject.ts'
import { type FileFault, faultyFileStore } from './file-faults.ts'
import { newFile } from './new-file.ts'

export const fileSubject = (fault: FileFault): Subject => ({
  open: ({ env } = {}) => faultyFileStore(fault, newFile(), env),
  async place() {
    const path = newFile()
    return {
      open: ({ env }: OpenOptions = {}) => faultyFileStore(fault, path, env),
      opener: new URL('./file-opener.ts', import.meta.url),
      location: `${fault}|${path}`,
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
})
