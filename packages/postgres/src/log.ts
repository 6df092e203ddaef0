import { hash } from 'node:crypto'
import { StoreError } from '@consensus-store/core'
import { LISTENER_TABLE, POSITION_SEQUENCE } from './dialect.ts'
import type { Line, Query } from './line.ts'

/**
 * Positions are taken before their transactions commit, and commits overtake each other. So a transaction that writes
 * says first, with a shared advisory lock that goes with it, after which position its own will come. What lies up to
 * the lowest of these, and up to the last position taken when one looks, is settled.
 */
export interface LogOrder {
  /**
   * Goes at the head of every transaction that writes. It also has the commit tell those who listen, and only when there
   * are any: commits that notify wait for each other.
   */
  readonly announce: Query
  look(line: Line): Promise<Look>
}

/** What a look at the log shows. */
export interface Look {
  /** The position up to which it is settled. */
  readonly horizon: number
  /** Whether a transaction is under way that may write. */
  readonly underWay: boolean
}

/** Where one store keeps what orders its log, by names as they go into statements. */
export interface LogPlace {
  readonly sequence: string
  readonly listeners: string
  /** What its writers notify, and who listens listens to. */
  readonly channel: string
}

/** Of the store in `schema`, whose name was checked. Channels are the database's, and have names of 63 bytes at most. */
export const logPlace = (schema: string): LogPlace => ({
  sequence: `"${schema}"."${POSITION_SEQUENCE}"`,
  listeners: `"${schema}"."${LISTENER_TABLE}"`,
  channel: `cs_${hash('sha1', schema)}`,
})

/** Bits of an advisory lock's key that hold the position; those above tell stores in one database apart. */
const POSITION_BITS = 47n

/** Locks are not replicated, and neither is anything else that tells which positions are still to come. */
const ON_A_REPLICA =
  'The server is a replica, which cannot tell how far the log is settled: read it from the primary'

export function logOrder({ sequence, listeners, channel }: LogPlace, named: boolean): LogOrder {
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
      text: `select pg_advisory_xact_lock_shared($1::bigint + last_value),
        (select pg_notify($2, '') from ${listeners} where until > clock_timestamp() limit 1) from ${sequence}`,
      values: [base.toString(), channel],
    },

    // In this order: who announces after we look at the locks takes a position after the last one taken before.
    async look(line) {
      const [taken, announced] = await line.sendAll([lastTaken, lowestAnnounced])
      const [{ position: last }] = taken!.rows as [{ position: number }]
      const [{ position: lowest, replica }] = announced!.rows as [
        { position: number | null; replica: boolean },
      ]
      if (replica) throw new StoreError('UNAVAILABLE', ON_A_REPLICA)
      return { horizon: lowest === null ? last : Math.min(last, lowest), underWay: lowest !== null }
    },
  }
}
