import type { Readable, Writable } from 'node:stream'
import type { Env } from '@consensus-store/core'
import type { Backends } from './open-store.ts'

/** The world as the command sees it: `main` reaches for nothing else, so a test can be all of it. */
export interface IO {
  readonly stdin: Readable
  readonly stdout: Terminal
  readonly stderr: Terminal
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file the process was started with, by default `consensus` itself. */
  readonly script?: string | undefined
  /** What relative paths are relative to. */
  readonly cwd: string
  /** Aborted when the user wants no more of it. */
  readonly signal: AbortSignal
  /** What time it is, and where new ids come from. */
  readonly clock: Env
  /** The kinds of stores that can be opened, by default those this package depends on. */
  readonly backends?: Backends | undefined
}

/** A stream that may be a terminal; anything else is a pipe or a file, where nothing is cut or coloured. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number }
