import { cut, oneLine, padEnd, padStart, width } from './terminal-text.ts'

/** A column of a table of `Row`s. */
export interface Column<Row> {
  readonly title: string
  /** Empty when there is nothing to say. Control characters are escaped here, so that no caller can forget. */
  value(row: Row): string
  readonly align?: 'right'
  /** Ids are typed again by hand or pasted, so they are the last to be cut. */
  readonly keep?: boolean
  /** Colours a cell after it was laid out. */
  paint?(cell: string, row: Row): string
}

const GAP = '  '
const NARROW = 6

/** Lays rows out under their titles, page by page: columns only grow wider from one page to the next. */
export function tableLayout<Row>(columns: readonly Column<Row>[], available: number | undefined) {
  let natural = columns.map(({ title }) => width(title))

  const line = (cells: readonly string[], widths: readonly number[], row?: Row) =>
    columns
      .map(({ align, paint }, i) => {
        const text = cut(cells[i]!, widths[i]!)
        const last = i === columns.length - 1
        const cell = align === 'right' ? padStart(text, widths[i]!) : last ? text : padEnd(text, widths[i]!)
        return row !== undefined && paint ? paint(cell, row) : cell
      })
      .join(GAP)
      .trimEnd()

  return {
    /** The lines of a page; the first of them holds the titles if asked for. */
    lines(rows: readonly Row[], { titled }: { titled: boolean }): string[] {
      const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))))
      natural = natural.map((known, i) => Math.max(known, ...cells.map((texts) => width(texts[i]!))))
      const widths = available === undefined ? natural : fitted(natural, columns, available)
      const titles = columns.map(({ title }) => title.toUpperCase())
      return [
        ...(titled ? [line(titles, widths)] : []),
        ...cells.map((texts, i) => line(texts, widths, rows[i])),
      ]
    },
  }
}

/** Takes from the widest column first: from those to keep only when the others are narrow, from narrow ones at last. */
function fitted<Row>(natural: readonly number[], columns: readonly Column<Row>[], available: number) {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1)) - available
  for (const { spare, narrowest } of [
    { spare: columns.map(({ keep }) => !keep), narrowest: NARROW },
    { spare: columns.map(() => true), narrowest: NARROW },
    { spare: columns.map(() => true), narrowest: 1 },
  ]) {
    while (excess > 0) {
      const widest = Math.max(...widths.filter((_, i) => spare[i]))
      if (widest <= narrowest) break
      widths[widths.findIndex((each, i) => spare[i] && each === widest)]! -= 1
      excess -= 1
    }
  }
  return widths
}
