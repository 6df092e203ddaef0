import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { OpenOptions, Subject } from '../../src/subject.ts'
import { type FileFault, faultyFileStore } from './file-faults.ts'

const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

let files = 0
const newFile = () => join(folder, String(++files))

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
