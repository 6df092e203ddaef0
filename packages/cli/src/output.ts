import { once } from 'node:events'
import { styleText } from 'node:util'
import type { IO, Terminal } from './io.ts'
import { type Column, tableLayout } from './table.ts'
import { oneLine, prose } from './terminal-text.ts'

/** Where a verb's results and remarks go. Results wait for a slow reader; text is made safe for a terminal on the way. */
export interface Output {
  /** Aborted when nobody reads stdout any more: what writes seldom learns of it late otherwise. */
  readonly unread: AbortSignal
  /** From now on what nobody reads is left unsaid and ends nothing: what is done, and the exit code, count without. */
  outlastReader(): void
  /** How wide the terminal is; `undefined` in a pipe, where nothing is cut. */
  readonly columns: number | undefined
  /** A line of the result, or several, written by the command itself: whatever it quotes must have gone through `quote`. */
  print(lines: string): Promise<void>
  /** One line of JSON: a document, or one of many objects. */
  printJson(value: unknown): Promise<void>
  /** One line of JSON that is text already. */
  printJsonText(json: string): Promise<void>
  /** A body as it was stored; on a terminal it ends its line, and control characters other than tabs are escaped. */
  printBody(text: string): Promise<void>
  /** Rows under titles, cut to the width of a terminal. Give a list's pages to one call to have them share columns. */
  printTable<Row>(columns: readonly Column<Row>[], pages: Pages<Row>): Promise<void>
  /** A remark on stderr, in the way of nothing that reads the result. */
  remark(line: string): void
  /** Text from outside, made safe to print within a line. */
  quote(text: string): string
  /** Colours text when stdout is a terminal that wants it. */
  paint(style: Style, text: string): string
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Pages<Row> = AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>

/** The reader of stdout went away, as `| head` does: nobody is left to be told. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
}

export function outputTo({
  stdout,
  stderr,
  env,
  signal,
}: Pick<IO, 'stdout' | 'stderr' | 'env' | 'signal'>): Output {
  const unread = new AbortController()
  const { write, outlastReader } = writer(stdout, signal, unread)
  // Nobody is left to be told when the reader of the remarks goes away.
  stderr.on('error', () => {})
  const coloured = Boolean(stdout.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (style: Style, text: string) =>
    coloured ? styleText(style, text, { validateStream: false }) : text
  const columns = stdout.isTTY ? (stdout.columns ?? 80) : undefined
  const print = (lines: string) => write(`${lines}\n`)
  const printJsonText = (json: string) => print(stdout.isTTY ? withoutControls(json) : json)

  return {
    unread: unread.signal,
    outlastReader,
    columns,
    print,
    printJsonText,
    printJson: (value) => printJsonText(JSON.stringify(value)),
    printBody: (text) => write(stdout.isTTY ? ended(prose(text)) : text),
    async printTable(tableColumns, pages) {
      const layout = tableLayout(tableColumns, columns)
      let titled = true
      for await (const rows of pages) {
        if (rows.length === 0) continue
        const [first = '', ...rest] = layout.lines(rows, { titled })
        await print([titled ? paint('bold', first) : first, ...rest].join('\n'))
        titled = false
      }
    },
    remark: (line) => void stderr.write(`${line}\n`),
    quote: oneLine,
    paint,
  }
}

const ended = (text: string) => (text.endsWith('\n') ? text : `${text}\n`)

/** JSON says the same with these written as escapes; C0 controls are escaped in all JSON. */
const withoutControls = (json: string) =>
  json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Writes to a stream no faster than it is read. ReaderGone when nobody reads it any more, unless that is to be outlasted. */
function writer(stream: Terminal, signal: AbortSignal, unread: AbortController) {
  const waitsNoMore = AbortSignal.any([signal, unread.signal])
  let failure: Error | undefined
  let outlasting = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' ? new ReaderGone() : error
    unread.abort()
  })
  stream.on('close', () => {
    failure ??= new ReaderGone()
    unread.abort()
  })

  async function written(text: string): Promise<void> {
    signal.throwIfAborted()
    if (failure) throw failure
    if (!stream.write(text)) {
      await once(stream, 'drain', { signal: waitsNoMore }).catch((error: unknown) => {
        throw failure ?? error
      })
    }
  }

  return {
    write: (text: string) =>
      written(text).catch((error: unknown) => {
        if (!outlasting || !(error instanceof ReaderGone)) throw error
      }),
    outlastReader() {
      outlasting = true
    },
  }
}
