export const PASSWORD = 'consensus'

export const redisUrl = (host: string, port: number) => `redis://default:${PASSWORD}@${host}:${port}/0`

/** Settings as a server takes them on its command line. */
export const settingWords = (settings: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])

/** As with Postgres, a server that is not durable keeps what it acknowledged when it is killed, but may lose it with the power. */
export const redisSettings = (durable: boolean) =>
  settingWords({
    requirepass: PASSWORD,
    databases: '1024',
    save: '',
    appendonly: 'yes',
    appendfsync: durable ? 'always' : 'no',
  })

/** Of masters and replicas, which change places. A master waits for no further replica before it begins with one. */
export const replicationSettings = settingWords({ masterauth: PASSWORD, 'repl-diskless-sync-delay': '0' })
