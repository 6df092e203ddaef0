import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Facts } from '@consensus-store/conformance/bench'
import { redisService, type Service } from '@consensus-store/conformance/services'
import type { ConsensusStore } from '@consensus-store/core'
import { sqliteStore } from '@consensus-store/sqlite'
import { Redis } from 'ioredis'

/** A Redis for trials, and a store on SQLite with agents to look up. */
export interface Workshop {
  readonly agentIds: readonly string[]
  /** The URL of an empty database of Redis, one for each variant. */
  database(): Promise<string>
  /** The same store each time, closed by nobody but the workshop. */
  store(): Promise<ConsensusStore>
  facts(): Promise<Facts>
  close(): Promise<void>
}

export function workshop(agents: number): Workshop {
  const agentIds = Array.from({ length: agents }, (_, i) => `agent-${String(i).padStart(6, '0')}`)
  let service: Promise<Service> | undefined
  let opened: Promise<ConsensusStore> | undefined
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

  const server = () => {
    service ??= redisService({ own: true })
    return service
  }

  async function open(): Promise<ConsensusStore> {
    const store = await sqliteStore({ path: join(folder, 'history.db') })
    for (let i = 0; i < agents; i += 100) {
      const { id: runId } = await store.runs.start({ specId: 'SPEC-1', stage: 'plan', branch: 'main' })
      const ids = agentIds.slice(i, i + 100)
      await Promise.all(
        ids.map((agentId) =>
          store.executions.spawn({ agentId, runId, agentName: 'gemini', phaseType: 'regular-stage' }),
        ),
      )
    }
    return store
  }

  return {
    agentIds,
    database: async () => (await (await server()).database()).url,
    async store() {
      opened ??= open()
      return { ...(await opened), close: async () => {} }
    },
    async facts() {
      if (!service) return {}
      const { url, took } = await service
      const redis = new Redis(url)
      const info = await redis.info('server')
      redis.disconnect()
      return { redis: `${/^redis_version:(\S+)/m.exec(info)?.[1]} (${took})` }
    },
    async close() {
      await (await opened)?.close()
      await (await service)?.stop()
    },
  }
}
