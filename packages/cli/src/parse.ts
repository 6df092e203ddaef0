import { parseArgs } from 'node:util'
import type { Arg, Command } from './command.ts'
import { nearest } from './nearest.ts'
import { flag, type Option, type Options, redisUrl, text } from './option.ts'
import { UsageError } from './usage-error.ts'

/** What every verb understands. */
export const commonOptions = {
  store: text('<url>', 'The store: sqlite:<path>, postgres://… or memory:'),
  cache: redisUrl('A Redis that keeps routes for every process: redis://… or rediss://…'),
  json: flag('Print JSON: one document, or one object per line'),
  help: flag('Say how to use this verb'),
}

export interface CommandLine {
  readonly help: boolean
  readonly json: boolean
  readonly store: string | undefined
  readonly cache: string | undefined
  /** One value for each argument declared. */
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

/** What the words after a verb say. UsageError when they are not what it declares. */
export function parseCommandLine(verb: string, command: Command, words: readonly string[]): CommandLine {
  const options: Options = { ...command.options, ...commonOptions }
  const { positionals, values } = split(verb, options, words)
  const common = {
    help: values.help === true,
    json: values.json === true,
    store: values.store as string | undefined,
  }
  // Whoever asks for help is not asked to have the rest right.
  if (common.help) return { ...common, cache: undefined, args: [], options: {} }
  const cache = commonOptions.cache.parse(values.cache, '--cache')
  const parsed = Object.entries(command.options).map(([name, option]) => [
    name,
    option.parse(values[name], `--${name}`),
  ])
  return {
    ...common,
    cache,
    args: assign(verb, command.args, positionals),
    options: Object.fromEntries(parsed),
  }
}

function split(verb: string, options: Options, words: readonly string[]) {
  const known = Object.entries(options).map(([name, { type }]) => [
    name,
    { type, ...(name === 'help' && { short: 'h' }) },
  ])
  try {
    return parseArgs({
      args: negativesJoined(options, words),
      options: Object.fromEntries(known) as Record<string, Pick<Option, 'type'>>,
      allowPositionals: true,
    })
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, verb, Object.keys(options))
  }
}

/** No option begins with a digit, so what looks like a negative number is the value of the option before it. */
function negativesJoined(options: Options, words: readonly string[]): string[] {
  const takesValue = (word = '') => word.startsWith('--') && options[word.slice(2)]?.type === 'string'
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const joined: string[] = []
  for (const word of words.slice(0, end)) {
    if (/^-\d/.test(word) && takesValue(joined.at(-1))) joined.push(`${joined.pop()}=${word}`)
    else joined.push(word)
  }
  return [...joined, ...words.slice(end)]
}

function explained(error: NodeJS.ErrnoException, verb: string, known: readonly string[]): Error {
  if (!error.code?.startsWith('ERR_PARSE_ARGS')) return error
  const unknown =
    error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && /^Unknown option '(-+)([^']*)'/.exec(error.message)
  if (!unknown) return new UsageError(error.message.split(/\.\s|\n/)[0]!)
  const close = nearest(unknown[2]!, known)
  return new UsageError(
    `${verb} has no option ${unknown[1]}${unknown[2]}`,
    close && `Did you mean --${close}?`,
  )
}

/** Gives each declared argument its value; only the last may take several. */
function assign(verb: string, args: readonly Arg[], given: readonly string[]): readonly unknown[] {
  const missing = args.find((arg, i) => arg.startsWith('<') && given[i] === undefined)
  if (missing) throw new UsageError(`${verb} needs ${missing}`)
  const many = args.at(-1)?.includes('...')
  if (!many && given.length > args.length) {
    throw new UsageError(`${verb} takes no ${JSON.stringify(given[args.length])}`)
  }
  return args.map((arg, i) => (arg.includes('...') ? given.slice(i) : given[i]))
}
