import pg from 'pg'

/** The pool of one who writes SQL by hand: ten connections that stay, on the tables the store made. */
export function connect(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    idleTimeoutMillis: 0,
    options: '-c search_path=consensus_store',
  })
  // A database may be dropped while the server still says goodbye to a pool that has ended.
  pool.on('error', () => undefined)
  return pool
}
