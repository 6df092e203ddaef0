import { expect, test } from 'vitest'
import { sqliteStore } from '../src/index.ts'
import { beneath } from './beneath.ts'
import { temporaryFile } from './temporary.ts'

test('reading a row that is not one we wrote is CORRUPT', async () => {
  const path = temporaryFile()
  await using store = await sqliteStore({ path })
  await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
  await beneath(path).damage("update run set labels = 'not JSON'")

  await expect(store.runs.get('r1')).rejects.toMatchObject({ code: 'CORRUPT' })
})
