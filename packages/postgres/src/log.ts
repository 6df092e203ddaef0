import { hash } from 'node:crypto'
import { StoreError } from '@consensus-store/core'
import type { Line, Query } from './line.ts'

/**
 * Positions are taken before their transactions commit, and commits overtake each other. So a transaction that writes
 * says first, with a shared advisory lock that goes with it, after which position its own will come. What lies up to
 * the lowest of these, and up to the last position taken when one looks, is settled.
 */
export interface LogOrder {
  /** Goes at the head of every transaction that writes. */
  readonly announce: Query
  horizon(line: Line): Promise<number>
}

/** Bits of an advisory lock's key that hold the position; those above tell stores in one database apart. */
const POSITION_BITS = 47n

/** Locks are not replicated, and neither is anything else that tells which positions are still to come. */
const ON_A_REPLICA =
  'The server is a replica, which cannot tell how far the log is settled: read it from the primary'

export function logOrder(sequence: string, named: boolean): LogOrder {
  const base = BigInt.asIntN(16, BigInt(`0x${hash('sha1', sequence).slice(0, 4)}`)) << POSITION_BITS
  const name = (purpose: string) => (named ? `cs_${purpose}_${hash('sha1', sequence)}` : undefined)

  const lastTaken: Query = {
    name: name('taken'),
    text: `select last_value as position from ${sequence}`,
    values: [],
  }
  const lowestAnnounced: Query = {
    name: name('announced'),
    text: `select min(key - $1::bigint) as position, pg_is_in_recovery() as replica
      from (select (classid::bigint << 32) | objid::bigint as key from pg_locks
        where locktype = 'advisory' and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())) as announced
      where key >> ${POSITION_BITS} = $1::bigint >> ${POSITION_BITS}`,
    values: [base.toString()],
  }

  return {
    announce: {
      name: name('announce'),
      text: `select pg_advisory_xact_lock_shared($1::bigint + last_value) from ${sequence}`,
      values: [base.toString()],
    },

    // In this order: who announces after we look at the locks takes a position after the last one taken before.
    async horizon(line) {
      const [taken, announced] = await line.sendAll([lastTaken, lowestAnnounced])
      const [{ position: last }] = taken!.rows as [{ position: number }]
      const [{ position: lowest, replica }] = announced!.rows as [
        { position: number | null; replica: boolean },
      ]
      if (replica) throw new StoreError('UNAVAILABLE', ON_A_REPLICA)
      return lowest === null ? last : Math.min(last, lowest)
    },
  }
}
