import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { temporaryFile } from './temporary.ts'

/** A store with a little history, damaged behind its back. */
async function damaged(sql: string) {
  const path = temporaryFile()
  const store = await sqliteStore({ path })
  const { id: runId } = await store.runs.start({
    id: 'r1',
    specId: 'S',
    stage: 'plan',
    labels: { team: 'a' },
  })
  await store.executions.spawn({ agentId: 'a1', runId, agentName: 'gemini', phaseType: 'regular-stage' })
  await store.executions.complete('a1', { response: 'yes' })
  await store.artifacts.add({
    id: 'art1',
    runId,
    agentName: 'gemini',
    content: { yes: true },
    metadata: { n: 1 },
  })
  await store.syntheses.add({ id: 'syn1', runId, verdict: 'unanimous', markdown: '# Yes' })
  expect(await store.verify()).toMatchObject({ runs: 1, events: 5, differences: [] })

  const bare = new Database(path)
  bare.pragma('foreign_keys = off')
  bare.exec(sql)
  bare.close()
  return store
}

describe('verify', () => {
  test.each([
    ['run', "update run set stage = 'tasks'"],
    ['run', 'update run set last_sequence = 4'],
    ['run', `update run set labels = '{"team":"b"}'`],
    ['execution a1', "update execution set status = 'failed'"],
    ['execution a1', "update execution set agent_name = 'claude'"],
    ['execution a1', "update body set text = 'no' where text = 'yes'"],
    ['execution a1', 'delete from execution'],
    ['artifact art1', `update body set text = '{"yes":false}' where text like '%true%'`],
    ['artifact art1', `update artifact set metadata = '{"n":2}'`],
    ['artifact art1', 'delete from artifact'],
    ['synthesis syn1', "update body set text = '# No' where text like '#%'"],
    ['synthesis syn1', "update synthesis set verdict = 'failed'"],
    ['log', 'delete from event where sequence = 2'],
    ['log', "update event set type = 'run.unheard-of' where sequence = 5"],
    ['log', "update event set data = 'not JSON' where sequence = 5"],
    ['execution a1', "update execution set agent_id = 'a2'"],
  ])('names the %s after: %s', async (subject, sql) => {
    await using store = await damaged(sql)
    const { differences } = await store.verify('r1')
    expect(differences).toContainEqual(expect.objectContaining({ runId: 'r1', subject }))
  })

  test('reads of a row that is not one we wrote are CORRUPT', async () => {
    await using store = await damaged("update run set labels = 'not JSON'")
    await expect(store.runs.get('r1')).rejects.toMatchObject({ code: 'CORRUPT' })
  })
})
