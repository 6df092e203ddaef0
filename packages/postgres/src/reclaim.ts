import type { CheckedReclaim, Reclaimed } from '@consensus-store/core'
import type { Line, LineConfig } from './line.ts'

export interface ReclaimingOptions {
  readonly schema: string
  readonly config: LineConfig
  /** Makes a line of its own, which nobody else waits for. */
  connect(config: LineConfig): Promise<Line>
}

/**
 * Has the server take note of what is free in every table of the schema, as it would by itself some time: new rows go there,
 * and what is free at the end of a table goes back to the file system. Nobody who writes waits for it.
 */
export async function reclaimTables(
  { schema, config, connect }: ReclaimingOptions,
  { signal, progress }: CheckedReclaim,
): Promise<Reclaimed> {
  // It may take as long as it takes, whatever other statements may.
  const line = await connect({ ...config, statement_timeout: 0 })
  try {
    const before = await bytesOf(line, schema)
    let [after, given] = [before, 0]
    for (const table of await tablesOf(line, schema)) {
      signal?.throwIfAborted()
      await interruptibly(line, () => connect(config), signal, { text: `vacuum "${schema}"."${table}"` })
      after = await bytesOf(line, schema)
      // What is noted of free space takes a little itself.
      given = Math.max(given, before - after)
      progress(given)
    }
    return { before, after, converted: false, unconverted: 0 }
  } finally {
    await line.close()
  }
}

async function tablesOf(line: Line, schema: string): Promise<readonly string[]> {
  const { rows } = await line.send({
    text: `select relname as name from pg_class
      where relnamespace = to_regnamespace($1) and relkind = 'r' order by relname`,
    values: [`"${schema}"`],
  })
  return (rows as { name: string }[]).map(({ name }) => name)
}

/** Of tables with their indexes and what is kept beside their rows. */
async function bytesOf(line: Line, schema: string): Promise<number> {
  const { rows } = await line.send({
    text: `select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint as bytes from pg_class
      where relnamespace = to_regnamespace($1) and relkind in ('r', 'S')`,
    values: [`"${schema}"`],
  })
  return Number((rows as [{ bytes: number }])[0].bytes)
}

/** Sends a statement that the server is told to give up when the signal is aborted. */
async function interruptibly(
  line: Line,
  another: () => Promise<Line>,
  signal: AbortSignal | undefined,
  query: { readonly text: string },
): Promise<void> {
  if (!signal) return void (await line.send(query))
  const { rows } = await line.send({ text: 'select pg_backend_pid() as pid' })
  const [{ pid }] = rows as [{ pid: number }]
  let cancelling: Promise<unknown> | undefined
  const cancel = () => {
    cancelling = another()
      .then((other) =>
        other.send({ text: 'select pg_cancel_backend($1)', values: [pid] }).finally(() => other.close()),
      )
      // Without it the statement runs to its end.
      .catch(() => undefined)
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await line.send(query)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    await cancelling
  }
}
