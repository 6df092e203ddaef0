import type { Facts } from '@consensus-store/conformance/bench'
import { postgresService, type Service } from '@consensus-store/conformance/services'
import { postgresStore } from '@consensus-store/postgres'
import pg from 'pg'
import { fill } from './fill.ts'

/** Databases for trials, on a server of their own; a durable one flushes to disk before it acknowledges. */
export interface Workshop {
  /** The URL of a database with the history of so many runs, made once. It is for everybody, so nobody may write to it. */
  history(runs: number): Promise<string>
  /** A copy of that history, to write to. Nobody may be connected to the history meanwhile. */
  copy(runs: number): Promise<string>
  /** Removes a copy. */
  discard(url: string): Promise<void>
  /** The server's version, if there was a need for one. */
  facts(): Promise<Facts>
  close(): Promise<void>
}

export function workshop(durable: boolean): Workshop {
  let service: Promise<Service> | undefined
  const made = new Map<number, Promise<string>>()
  let copies = 0

  const server = () => {
    service ??= postgresService({ durable, own: true })
    return service
  }

  async function make(runs: number): Promise<string> {
    const { url } = await (await server()).database()
    const store = await postgresStore({ url })
    await store.close()
    await withClient(url, async (client) => {
      await client.query('set search_path = consensus_store')
      await fill(client, runs)
    })
    return url
  }

  function history(runs: number): Promise<string> {
    const known = made.get(runs) ?? make(runs)
    made.set(runs, known)
    return known
  }

  return {
    history,

    async copy(runs) {
      const template = new URL(await history(runs))
      const name = `copy_${++copies}`
      const { url } = await server()
      await withClient(url, (client) =>
        client.query(`create database ${name} template ${template.pathname.slice(1)} strategy file_copy`),
      )
      return Object.assign(template, { pathname: `/${name}` }).href
    },

    async discard(url) {
      const name = new URL(url).pathname.slice(1)
      await withClient((await server()).url, (client) => client.query(`drop database ${name} with (force)`))
    },

    async facts() {
      if (!service) return {}
      const { url, took } = await service
      return withClient(url, async (client) => {
        const { rows } = await client.query<{ server_version: string }>('show server_version')
        return { postgres: `${rows[0]!.server_version} (${took})` }
      })
    },

    close: async () => (await service)?.stop(),
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
