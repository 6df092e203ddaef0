import { commands, groups } from './commands/index.ts'
import { helpFor, overview } from './help.ts'
import { interruptionBy } from './interruption.ts'
import type { IO } from './io.ts'
import { nearest } from './nearest.ts'
import { outputTo, ReaderGone } from './output.ts'
import { parseCommandLine } from './parse.ts'
import { report } from './report.ts'
import { runCommand } from './run-command.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

/** What an interrupted command line exits with, as if the signal had ended it. */
export const INTERRUPTED = 130

/** Runs one command line. Gives its exit code: 0 done, 1 something was refused or differs, 2 wrong usage, 130 interrupted. */
export async function main(argv: readonly string[], io: IO): Promise<number> {
  const interruption = interruptionBy(io.signal)
  const output = outputTo({ ...io, signal: interruption.signal })
  const show = async (text: string) => {
    await output.print(text)
    return 0
  }
  let name: string | undefined
  try {
    const [first, ...rest] = argv
    if (first === undefined || first === '--help' || first === '-h') return await show(overview(groups))
    if (first === '--version') return await show(version())
    if (first === 'help') return await show(rest[0] === undefined ? overview(groups) : help(verb(rest[0])))

    name = verb(first)
    const line = parseCommandLine(name, commands[name]!, rest)
    return line.help
      ? await show(help(name))
      : await runCommand(commands[name]!, line, io, output, interruption)
  } catch (error) {
    // A verb that takes interruptions itself ends with the reason when it was one.
    if (interruption.signal.aborted || (io.signal.aborted && error === io.signal.reason)) return INTERRUPTED
    if (error instanceof ReaderGone) return 0
    return report(error, io, name)
  }
}

const help = (name: string) => helpFor(name, commands[name]!)

function verb(given: string): string {
  if (Object.hasOwn(commands, given)) return given
  if (given.startsWith('-')) throw new UsageError(`The verb comes before ${given}`)
  const close = nearest(given, Object.keys(commands))
  throw new UsageError(`There is no verb ${JSON.stringify(given)}`, close && `Did you mean ${close}?`)
}
