import { invocation } from './invocation.ts'
import type { IO } from './io.ts'
import { CHECK_PATH, Remedied } from './remedied.ts'
import { typeable } from './remedy.ts'
import { withoutPasswords } from './store-url.ts'
import { oneLine } from './terminal-text.ts'
import { UsageError } from './usage-error.ts'

/** Says on stderr what went wrong, in `verb` if it came that far, and what to do. Gives the exit code for it. */
export function report(error: unknown, io: IO, verb?: string): 1 | 2 {
  const say = (message: string, remedy: string) => {
    io.stderr.write(withoutPasswords(`error: ${oneLine(message)}\n  ${oneLine(remedy)}\n`))
  }
  if (error instanceof UsageError) {
    say(error.message, error.remedy ?? `How to use it: ${invocation(io)} ${verb ? `${verb} --help` : 'help'}`)
    return 2
  }
  if (error instanceof Remedied) {
    say(`${error.code}: ${error.message}`, typeable(error.remedy, io, error.url))
    return 1
  }
  if (error instanceof Error && 'syscall' in error) {
    say(error.message, CHECK_PATH)
    return 1
  }
  say('This is a bug in consensus', 'Please report it together with what follows.')
  io.stderr.write(withoutPasswords(`${error instanceof Error ? error.stack : String(error)}\n`))
  return 1
}
