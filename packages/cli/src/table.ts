import { cut, oneLine, padEnd, padStart, width } from './terminal-text.ts'

/** A column of a table of `Row`s. */
export interface Column<Row> {
  readonly title: string
  /** Empty when there is nothing to say. Control characters are escaped here, so that no caller can forget. */
  value(row: Row): string
  readonly align?: 'right'
  /**
   * What to do when a terminal is too narrow. Most columns are cut; one to `keep` is cut last, because it is typed
   * again or pasted; one that is `whole` goes entirely, because part of a time or a number says something else.
   */
  readonly narrow?: 'keep' | 'whole'
  /** Colours a cell after it was laid out. */
  paint?(cell: string, row: Row): string
}

const GAP = '  '
/** Columns are cut to this before others go or are cut more. */
const LEGIBLE = 6

/** Lays rows out under their titles, page by page: columns only grow wider from one page to the next. */
export function tableLayout<Row>(columns: readonly Column<Row>[], available = Number.POSITIVE_INFINITY) {
  let natural = columns.map(({ title }) => width(title))

  return {
    /** The lines of a page, the titles above them if asked for. */
    lines(rows: readonly Row[], { titled }: { titled: boolean }): string[] {
      const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))))
      natural = natural.map((known, i) => Math.max(known, ...cells.map((texts) => width(texts[i]!))))
      const widths = fitted(natural, columns, available)
      const titles = columns.map(({ title }) => title.toUpperCase())
      return [
        ...(titled ? [line(columns, widths, titles)] : []),
        ...cells.map((texts, i) => line(columns, widths, texts, rows[i])),
      ]
    },
  }
}

/** One line of a table; a column of no width is left out. */
function line<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  texts: readonly string[],
  row?: Row,
): string {
  const last = widths.findLastIndex((each) => each > 0)
  const cells = columns.flatMap(({ align, paint }, i) => {
    const room = widths[i]!
    if (room === 0) return []
    const text = cut(texts[i]!, room)
    const cell = align === 'right' ? padStart(text, room) : i === last ? text : padEnd(text, room)
    return [row !== undefined && paint && text !== '' ? paint(cell, row) : cell]
  })
  return cells.join(GAP).trimEnd()
}

/** Widths that fit, as far as there are any: 0 for a column that has to go. */
function fitted<Row>(natural: readonly number[], columns: readonly Column<Row>[], available: number) {
  const widths = [...natural]
  const is = (kind: Column<Row>['narrow']) => columns.map(({ narrow }) => narrow === kind)

  take(widths, is(undefined), LEGIBLE, available)
  while (excess(widths, available) > 0) {
    const gone = columns.findLastIndex(({ narrow }, i) => narrow === 'whole' && widths[i]! > 0)
    if (gone < 0) break
    // With the room it leaves, the others need not be cut as much.
    for (const [i, each] of natural.entries()) if (widths[i]! > 0) widths[i] = each
    widths[gone] = 0
    take(widths, is(undefined), LEGIBLE, available)
  }
  take(widths, is('keep'), LEGIBLE, available)
  take(
    widths,
    columns.map(() => true),
    1,
    available,
  )
  return widths
}

/** Takes columns of a terminal from the widest of those that may give, down to `floor`. */
function take(widths: number[], may: readonly boolean[], floor: number, available: number): void {
  for (let missing = excess(widths, available); missing > 0; missing -= 1) {
    const widest = Math.max(...widths.filter((_, i) => may[i]))
    if (widest <= floor) return
    widths[widths.findIndex((each, i) => may[i] && each === widest)]! -= 1
  }
}

function excess(widths: readonly number[], available: number): number {
  const shown = widths.filter((each) => each > 0)
  return shown.reduce((sum, each) => sum + each, GAP.length * (shown.length - 1)) - available
}
