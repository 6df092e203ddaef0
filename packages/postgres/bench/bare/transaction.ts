import type pg from 'pg'
import { isContended } from '../../src/errors.ts'
import { logOrder, logPlace } from '../../src/log.ts'

/** Without this, who follows the log by position could miss what is written here. */
const { announce } = logOrder(logPlace('consensus_store'), true)

/** All of `work` in one transaction, with a round trip for each statement. */
export async function transact<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query(begin)
    await client.query(announce)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

/** The same in a serializable one, again and again while others get in its way. */
export async function transactSerializably<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  while (true) {
    try {
      return await transact(pool, work, 'begin isolation level serializable')
    } catch (error) {
      if (!isContended(error)) throw error
    }
  }
}
