import { readFileSync } from 'node:fs'
import type { ConsensusStore } from '@consensus-store/core'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { temporaryFile } from './temporary.ts'

const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/** Commits in the write-ahead log: the frames that say how large the database is after them. */
function commitsIn(path: string): number {
  const wal = readFileSync(`${path}-wal`)
  const pageBytes = wal.readUInt32BE(8)
  let commits = 0
  for (let at = WAL_HEADER_BYTES; at < wal.length; at += FRAME_HEADER_BYTES + pageBytes) {
    if (wal.readUInt32BE(at + 4) > 0) commits += 1
  }
  return commits
}

const spawn = (store: ConsensusStore, agentId: string) =>
  store.executions.spawn({ agentId, runId: 'r1', agentName: 'gemini', phaseType: 'regular-stage' })

const agents = Array.from({ length: 50 }, (_, i) => `a${i}`)

describe('group commit', () => {
  test('gives writes that are waiting one commit, and each caller of its own one each', async () => {
    const path = temporaryFile()
    await using store = await sqliteStore({ path })
    await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })

    const before = commitsIn(path)
    await Promise.all(agents.map((agentId) => spawn(store, agentId)))
    const together = commitsIn(path) - before
    for (const agentId of agents) await spawn(store, `${agentId} again`)
    const alone = commitsIn(path) - before - together

    expect(alone).toBe(agents.length)
    expect(together).toBeLessThan(alone / 4)
    expect(await store.verify()).toMatchObject({ differences: [] })
  })

  test('lets no write suffer for another that fails, nor leave half of itself behind', async () => {
    const path = temporaryFile()
    await using store = await sqliteStore({ path })
    await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
    // Fails in the middle of the write: the run is claimed and the execution there, the event is not.
    const bare = new Database(path)
    bare.exec(`create trigger refuse before insert on event when new.data like '%"a7"%'
      begin select raise(abort, 'refused by a trigger'); end`)
    bare.close()

    const outcomes = await Promise.allSettled(agents.map((agentId) => spawn(store, agentId)))
    const refused = agents.filter((_, i) => outcomes[i]?.status === 'rejected')
    expect(refused).toEqual(['a7'])
    expect(outcomes[7]).toMatchObject({ reason: { name: 'StoreError', cause: expect.any(Error) } })
    expect(await store.executions.get('a7')).toBeUndefined()
    expect(await store.verify()).toMatchObject({ events: agents.length, differences: [] })
  })

  test('keeps a transaction that goes on after a failed write free of its half', async () => {
    const path = temporaryFile()
    await using store = await sqliteStore({ path })
    await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
    const bare = new Database(path)
    bare.exec(`create trigger refuse before insert on event when new.data like '%"a1"%'
      begin select raise(abort, 'refused by a trigger'); end`)
    bare.close()

    await store.transaction(async (tx) => {
      await expect(
        tx.executions.spawn({
          agentId: 'a1',
          runId: 'r1',
          agentName: 'gemini',
          phaseType: 'quality-gate',
        }),
      ).rejects.toMatchObject({ name: 'StoreError' })
      await tx.executions.spawn({
        agentId: 'a2',
        runId: 'r1',
        agentName: 'claude',
        phaseType: 'quality-gate',
      })
    })
    expect((await store.executions.list()).items.map(({ agentId }) => agentId)).toEqual(['a2'])
    expect(await store.verify()).toMatchObject({ differences: [] })
  })

  test('gives the event loop its turn while writers never stop', async () => {
    await using store = await sqliteStore({ path: temporaryFile() })
    await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
    let turns = 0
    let writing = true
    const turn = () => {
      turns += 1
      if (writing) setImmediate(turn)
    }
    setImmediate(turn)
    for (let i = 0; i < 1_000; i++) await store.runs.pin('r1').then(() => store.runs.unpin('r1'))
    writing = false
    expect(turns).toBeGreaterThan(1)
  })
})
