import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tcpProxy } from '@consensus-store/conformance/services'
import { sqliteStore } from '@consensus-store/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aDatabase, aWarmCache, spawned } from './scene.ts'

const timeout = 120_000
const staleMs = 600

/** The clock all processes of a machine share. */
const instant = () => Number(process.hrtime.bigint()) / 1e6

describe('a route another process deleted', () => {
  test('is found no longer than it takes to hear of it', { timeout }, async ({ annotate }) => {
    const { store, keptElsewhere } = await twoProcesses()
    const delays: number[] = []
    for (let time = 0; time < 50; time++) {
      const runId = await spawned(store, `a${time}`)
      const { gone } = await keptElsewhere(`a${time}`)
      await store.runs.delete(runId)
      const deleted = instant()
      delays.push((await gone) - deleted)
    }

    const [median, longest] = figures(delays)
    await annotate(
      `found for ${median} ms after its deletion was acknowledged in the median, ${longest} at most`,
    )
    expect(Math.max(...delays)).toBeLessThan(staleMs)
  })

  test('is found no longer than is stated where nothing is heard', { timeout }, async ({ annotate }) => {
    const { store, keptElsewhere, tracker } = await twoProcesses()
    const delays: number[] = []
    for (let time = 0; time < 5; time++) {
      const runId = await spawned(store, `a${time}`)
      const { gone } = await keptElsewhere(`a${time}`)
      tracker.stall()
      await store.runs.delete(runId)
      const deleted = instant()
      delays.push((await gone) - deleted)
      await tracker.restore()
    }

    const [median, longest] = figures(delays)
    await annotate(`found for ${median} ms in the median, ${longest} at most, of ${staleMs} that are stated`)
    expect(Math.max(...delays)).toBeLessThan(staleMs)
  })
})

/** A cache here, and one in another process whose invalidations come by way of a proxy. */
async function twoProcesses() {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const path = join(folder, 'shared.db')
  const redis = await aDatabase()
  const tracker = await tcpProxy(redis)
  onTestFinished(() => tracker.close())
  const store = await aWarmCache(await sqliteStore({ path }), { redis })

  const finder = fileURLToPath(new URL('stale-finder.ts', import.meta.url))
  const child = fork(finder, [path, redis, tracker.url, `${staleMs}`], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(() => {
    throw new Error('The other process ended')
  })
  ended.catch(() => undefined)
  const said = async () => (await Promise.race([once(child, 'message'), ended]))[0] as unknown
  await said()

  return {
    store,
    tracker,
    /** Resolves when the other process keeps an agent's route; then `gone` resolves with when it last began to find it. */
    async keptElsewhere(agentId: string) {
      child.send(agentId)
      await said()
      return { gone: said().then((last) => (last as { readonly last: number }).last) }
    },
  }
}

function figures(delays: readonly number[]): readonly string[] {
  const sorted = delays.toSorted((a, b) => a - b)
  return [sorted[sorted.length >> 1]!, sorted.at(-1)!].map((ms) => ms.toFixed(2))
}
