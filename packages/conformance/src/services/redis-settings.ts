const PASSWORD = 'consensus'

export const redisUrl = (host: string, port: number) => `redis://default:${PASSWORD}@${host}:${port}/0`

/** As with Postgres, a server that is not durable keeps what it acknowledged when it is killed, but may lose it with the power. */
export const redisSettings = (durable: boolean) =>
  Object.entries({
    requirepass: PASSWORD,
    databases: '1024',
    save: '',
    appendonly: 'yes',
    appendfsync: durable ? 'always' : 'no',
  }).flatMap(([name, value]) => [`--${name}`, value])
