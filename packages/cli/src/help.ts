import type { Command } from './command.ts'
import type { Options } from './option.ts'
import { commonOptions } from './parse.ts'

/** What `consensus help` prints: the verbs, the stores, the exit codes. */
export const overview = (commands: Readonly<Record<string, Command>>): string =>
  [
    'Usage: consensus <verb> [options]',
    '',
    'What several agents did, stage by stage: their runs, answers and syntheses.',
    '',
    'Verbs',
    ...aligned(Object.entries(commands).map(([name, command]) => [usage(name, command), command.summary])),
    '',
    'Options of every verb',
    ...optionLines(commonOptions),
    '',
    'Stores',
    '  sqlite:<path>  One file. The path is taken as it is written: %, #, ? and spaces stand for themselves.',
    '  postgres://user:password@host:5432/database',
    '                 One schema of a database: consensus_store, or the one ?schema= names. The rest of the query is the driver’s.',
    '  memory:        A new, empty one, gone when the command ends.',
    '  Without --store it is the one CONSENSUS_STORE names, or else sqlite:./consensus.db.',
    '',
    'Cache',
    '  With --cache, or the URL in CONSENSUS_CACHE, routes are looked up in that Redis first. Every answer stays right without it.',
    '',
    'Exit codes: 0 done, 1 something was refused or differs, 2 wrong usage, 130 interrupted.',
  ].join('\n')

/** What `consensus <verb> --help` prints. */
export const helpFor = (name: string, command: Command): string =>
  [
    `Usage: consensus ${usage(name, command)} [options]`,
    '',
    `${command.summary}.${command.details ? ` ${command.details}` : ''}`,
    '',
    'Options',
    ...optionLines({ ...command.options, ...commonOptions }),
  ].join('\n')

const usage = (name: string, { args }: Command) => [name, ...args].join(' ')

const optionLines = (options: Options) =>
  aligned(
    Object.entries(options).map(([name, { value, summary }]) => [
      `--${name}${value ? ` ${value}` : ''}`,
      summary,
    ]),
  )

function aligned(entries: readonly (readonly [string, string])[]): string[] {
  const column = Math.max(...entries.map(([term]) => term.length))
  return entries.map(([term, text]) => `  ${term.padEnd(column)}  ${text}`)
}
