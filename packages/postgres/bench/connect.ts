import pg from 'pg'

/** The pool of one who writes SQL by hand: ten connections that stay, on the tables the store made. */
export const connect = (url: string): pg.Pool =>
  new pg.Pool({
    connectionString: url,
    max: 10,
    idleTimeoutMillis: 0,
    options: '-c search_path=consensus_store',
  })
