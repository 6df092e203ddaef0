import type { Claim } from '@consensus-store/sql'
import type { Query } from './line.ts'

/** The runs that a transaction's writes may rest on because it looked at them, and has not written to them itself. */
export interface Regarded {
  /** Takes note of what was asked for by id, and of its run if that was told. */
  read(args: object, rows: readonly unknown[]): void
  wrote(claim: Claim): void
  /**
   * Sent right before the commit. Fails when somebody has changed one of these runs since, or is about to. Postgres watches
   * for that among serializable transactions alone, and single writes are none.
   */
  recheck(): Query | undefined
}

/** Who looks at many runs to find some is not held to all of them: on a busy store it would never get through. */
export function regarding(schema: string, named: boolean): Regarded {
  const runIds = new Set<string>()
  const agentIds = new Set<string>()
  /** Runs, and agents whose runs are locked with them. */
  const written = new Set<string>()
  let writes = false

  return {
    read(args, rows) {
      const { runId = runOf(args, rows), agentId } = args as Ids
      if (runId !== undefined) runIds.add(runId)
      else if (agentId !== undefined) agentIds.add(agentId)
    },
    wrote({ claims }) {
      for (const id of 'runIds' in claims ? claims.runIds : [claims.agentId]) written.add(id)
      writes = true
    },
    recheck() {
      const untouched = (ids: ReadonlySet<string>) => [...ids].filter((id) => !written.has(id))
      const values = [untouched(runIds), untouched(agentIds)]
      if (!writes || values.every((ids) => ids.length === 0)) return undefined
      return {
        text: `select from "${schema}".run where id = any(array(
          select unnest($1::text[]) union select run_id from "${schema}".execution where agent_id = any($2::text[])
        )) for share nowait`,
        name: named ? 'cs_recheck' : undefined,
        values,
      }
    },
  }
}

interface Ids {
  readonly id?: string
  readonly runId?: string
  readonly agentId?: string
}

/** The run that something asked for by its own id is of, or is. */
function runOf(args: Ids, rows: readonly unknown[]): string | undefined {
  if (args.id === undefined) return undefined
  const [row] = rows as readonly (Ids | undefined)[]
  return row?.runId ?? row?.id
}
