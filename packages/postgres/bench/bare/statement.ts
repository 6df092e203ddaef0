import type pg from 'pg'

/** A statement the server prepares once per connection, under a name. */
export const statement =
  (name: string, text: string) =>
  (...values: readonly unknown[]): pg.QueryConfig => ({ name, text, values: [...values] })

type Row = Readonly<Record<string, unknown>>

/** An insert of all rows it is given at once, prepared once for each number of them. Rows have the same columns in the same order. */
export function insertInto(
  table: string,
  computed: Readonly<Record<string, string>> = {},
  ending = '',
  name = `insert_${table}`,
) {
  const texts = new Map<number, string>()

  function textFor(count: number, row: Row): string {
    const columns = Object.keys(row)
    const tuples = Array.from({ length: count }, (_, i) => {
      const values = columns.map((_, j) => `$${i * columns.length + j + 1}`)
      return `(${[...values, ...Object.values(computed)].join(', ')})`
    })
    const into = [...columns, ...Object.keys(computed)].join(', ')
    return `insert into ${table} (${into}) values ${tuples.join(', ')} ${ending}`
  }

  return (rows: readonly [Row, ...Row[]]): pg.QueryConfig => {
    const text = texts.get(rows.length) ?? textFor(rows.length, rows[0])
    texts.set(rows.length, text)
    return { name: `${name}_${rows.length}`, text, values: rows.flatMap((row) => Object.values(row)) }
  }
}
