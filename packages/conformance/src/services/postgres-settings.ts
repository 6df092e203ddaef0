/** The superuser of every Postgres started here. It listens on loopback and goes with its tests. */
export const USER = 'postgres'
export const PASSWORD = 'consensus'

export const postgresUrl = (host: string, port: number) =>
  `postgres://${USER}:${PASSWORD}@${host}:${port}/postgres`

/** Databases sort text as people do, not by code point, so that a store which leaves the order to them is found out. */
export const initdbWords = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en-US',
  '--no-sync',
]

/** A server that is not durable keeps what it acknowledged when it is killed, but not when the machine loses power. */
export const postgresSettings = (durable: boolean) =>
  Object.entries({
    max_connections: '200',
    ...(!durable && { fsync: 'off', full_page_writes: 'off' }),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
