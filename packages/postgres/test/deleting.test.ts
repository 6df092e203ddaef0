import { expect, test } from 'vitest'
import { aClient, aDatabase, aRun, aStore, SCHEMA, waitForLocks } from './database.ts'

test('a deletion whose claim failed leaves alone what could be deleted a moment later', async () => {
  const url = await aDatabase()
  const [store, other] = [await aStore({ url }), await aStore({ url })]
  await aRun(store)
  const artifact = { id: 'plan', runId: 'r1', agentName: 'gemini', content: { plan: 1 } }
  await store.artifacts.add(artifact)
  const client = await aClient(url)
  await client.query('begin')
  // The claim looks at the run before this, and the steps behind it after the run has ended.
  await client.query(`lock table ${SCHEMA}.artifact in access exclusive mode`)
  const deleting = other.runs.delete('r1')
  await waitForLocks(url, 1)
  await store.runs.abandon('r1')
  await client.query('commit')

  // It looked again, and then took everything: a body without its event is found by nobody any more.
  expect(await deleting).toEqual({ id: 'r1', agentIds: [] })
  const { rows } = await client.query(`select from ${SCHEMA}.body`)
  expect(rows).toEqual([])
})
