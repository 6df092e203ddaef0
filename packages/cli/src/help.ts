import type { Command } from './command.ts'
import type { Options } from './option.ts'
import { commonOptions } from './parse.ts'

/** Verbs by what they are for. */
export type Groups = Readonly<Record<string, Readonly<Record<string, Command>>>>

/** What `consensus help` prints: the verbs, the stores, the exit codes. */
export const overview = (groups: Groups): string =>
  [
    'Usage: consensus <verb> [options]',
    '',
    'What several agents did, stage by stage: their runs, answers and syntheses.',
    '',
    ...verbLines(groups),
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
    '  With --cache, or the URL in CONSENSUS_CACHE, routes are looked up in that Redis first. Without it every',
    '  answer of this command is right too, but what it deletes or archives may be found in Redis until its time is up.',
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

/** Each group under its title, all in the same columns. */
function verbLines(groups: Groups): string[] {
  const titled = Object.entries(groups).map(([title, commands]) => ({
    title,
    entries: Object.entries(commands).map(
      ([name, command]): Entry => [usage(name, command), command.summary],
    ),
  }))
  const column = widest(titled.flatMap(({ entries }) => entries))
  return titled.flatMap(({ title, entries }) => [title, ...aligned(entries, column), ''])
}

const usage = (name: string, { args }: Command) => [name, ...args].join(' ')

const optionLines = (options: Options) =>
  aligned(
    Object.entries(options).map(
      ([name, { value, summary }]): Entry => [`--${name}${value ? ` ${value}` : ''}`, summary],
    ),
  )

type Entry = readonly [term: string, text: string]

const widest = (entries: readonly Entry[]) => Math.max(...entries.map(([term]) => term.length))

const aligned = (entries: readonly Entry[], column = widest(entries)): string[] =>
  entries.map(([term, text]) => `  ${term.padEnd(column)}  ${text}`)
