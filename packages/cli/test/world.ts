import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import type { ConsensusStore, Env } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { onTestFinished } from 'vitest'
import { type IO, main } from '../src/index.ts'

export interface WorldOptions {
  readonly env?: Record<string, string>
  /** Columns of the terminal that stdout and stderr are; a pipe unless given. */
  readonly columns?: number
  readonly now?: Date
  readonly backends?: IO['backends']
  readonly signal?: AbortSignal
  readonly stdout?: Writable
  readonly script?: string
}

export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const NOW = new Date('2026-03-02T12:00:00.000Z')

/** A folder of its own to stand in, and the command to run there; both go when the test ends. */
export function aWorld() {
  const cwd = mkdtempSync(join(tmpdir(), 'consensus cli #1 %20 '))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  let ids = 0
  const newId = () => `id-${String(++ids).padStart(6, '0')}`

  return {
    cwd,
    path: (name: string) => join(cwd, name),

    /** Runs one command line as if typed in the folder. */
    async run(argv: readonly string[], options: WorldOptions = {}): Promise<Result> {
      const { env = {}, columns, now = NOW, backends, signal = new AbortController().signal } = options
      const stdout = collector(columns)
      const stderr = collector(columns)
      const code = await main(argv, {
        stdin: Readable.from([]),
        stdout: options.stdout ?? stdout,
        stderr,
        env,
        cwd,
        signal,
        clock: { now: () => now, newId },
        backends,
        script: options.script,
      })
      return { code, stdout: stdout.text(), stderr: stderr.text() }
    },

    /** Writes to the store the command finds by default, as some tool did at some time. */
    async write(work: (store: ConsensusStore, at: (iso: string) => void) => Promise<unknown>) {
      let at = NOW
      const env: Env = { now: () => at, newId }
      await using store = await sqliteStore({ path: join(cwd, 'consensus.db'), env })
      await work(store, (iso) => {
        at = new Date(iso)
      })
    },
  }
}

export const jsonLines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

function collector(columns: number | undefined) {
  const chunks: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return Object.assign(stream, {
    text: () => chunks.join(''),
    ...(columns !== undefined && { isTTY: true, columns }),
  })
}

/** A stdout that takes what it is given only when it is read. */
export const slowReader = (): PassThrough => new PassThrough({ highWaterMark: 1_024 })
