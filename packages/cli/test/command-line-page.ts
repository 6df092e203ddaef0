import { commands, groups } from '../src/commands/index.ts'
import type { Options } from '../src/option.ts'
import { commonOptions } from '../src/parse.ts'

/** The page with what stands between its marks as the verbs say it. A group that it has no mark for is missing then. */
export const filled = (page: string): string =>
  page.replace(/(?<=<!-- (verbs|options): (.*) -->\n)[\s\S]*?(?=<!-- end -->)/g, (_, kind, title) =>
    kind === 'options' ? `\n${table(commonOptions)}\n` : `\n${verbsOf(title)}\n`,
  )

const verbsOf = (title: string): string =>
  Object.keys(groups[title] ?? {})
    .map(verb)
    .join('\n')

function verb(name: string): string {
  const { args, summary, details, options } = commands[name]!
  const lines = [
    `### \`${['consensus', name, ...args].join(' ')}\``,
    '',
    prose(`${summary}.${details ? ` ${details}` : ''}`),
    '',
  ]
  return Object.keys(options).length === 0 ? lines.join('\n') : `${lines.join('\n')}\n${table(options)}`
}

const table = (options: Options): string =>
  [
    '| option | |',
    '|---|---|',
    ...Object.entries(options).map(
      ([name, { value, summary }]) =>
        `| \`--${name}${value ? ` ${value.replaceAll('|', '\\|')}` : ''}\` | ${prose(summary)} |`,
    ),
    '',
  ].join('\n')

/** Text of the terminal, in which only these mean something else in a page. */
const prose = (text: string): string => text.replace(/[<|*_]/g, '\\$&')
