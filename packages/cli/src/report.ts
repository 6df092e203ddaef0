import { StoreError, type StoreErrorCode } from '@consensus-store/core'
import { invocation } from './invocation.ts'
import type { IO } from './io.ts'
import { withoutPasswords } from './store-url.ts'
import { oneLine } from './terminal-text.ts'
import { UsageError } from './usage-error.ts'

/** Says on stderr what went wrong, in `verb` if it came that far, and what to do. Gives the exit code for it. */
export function report(error: unknown, io: IO, verb?: string): 1 | 2 {
  const consensus = invocation(io)
  const say = (message: string, remedy: string) => {
    io.stderr.write(withoutPasswords(`error: ${oneLine(message)}\n  ${oneLine(remedy)}\n`))
  }
  if (error instanceof UsageError) {
    say(error.message, error.remedy ?? `How to use it: ${consensus} ${verb ? `${verb} --help` : 'help'}`)
    return 2
  }
  if (error instanceof StoreError) {
    say(`${error.code}: ${error.message}`, remedies[error.code](consensus))
    return 1
  }
  if (error instanceof Error && 'syscall' in error) {
    say(error.message, 'Check that the path exists and may be used.')
    return 1
  }
  say('This is a bug in consensus', 'Please report it together with what follows.')
  io.stderr.write(withoutPasswords(`${error instanceof Error ? error.stack : String(error)}\n`))
  return 1
}

const remedies: Readonly<Record<StoreErrorCode, (consensus: string) => string>> = {
  INVALID: () => 'Correct what it names; nothing was changed.',
  NOT_FOUND: (consensus) => `See what there is: ${consensus} runs, or ${consensus} executions`,
  CONFLICT: () => 'The store holds something else under that name; nothing was changed.',
  BUSY: () => 'Another process holds the store; try again when it is done.',
  UNAVAILABLE: (consensus) =>
    `Name another with --store or CONSENSUS_STORE, or make one: ${consensus} import, or ${consensus} migrate`,
  FULL: () => 'Make room on the disk, then try again.',
  CORRUPT: () => 'Check that it is the right file; if it is, restore it from a copy.',
  SCHEMA: () =>
    'The store is of another version than this command, or not a consensus store; it was not touched.',
  UNSUPPORTED: () => 'Use a store that supports it.',
  CLOSED: () => 'The store was closed too early; please report it as a bug.',
}
