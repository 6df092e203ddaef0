import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@consensus-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { withRoutingCache } from '../src/index.ts'
import { aDatabase, spawned } from './scene.ts'

test('the example of the documentation finds a route', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'history.db')
  const redis = await aDatabase()
  const agentId = 'a-17'
  await using history = await sqliteStore({ path })
  await spawned(history, agentId)

  await using store = withRoutingCache(await sqliteStore({ path }), { redis })
  const route = await store.routes.find(agentId)

  expect(route).toMatchObject({ agentId })
})
