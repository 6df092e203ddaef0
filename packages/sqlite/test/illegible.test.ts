import { expect, test } from 'vitest'
import { damageablePlace } from './places.ts'
import { temporaryFile } from './temporary.ts'

test('reading a row that is not one we wrote is CORRUPT', async () => {
  await using place = damageablePlace(temporaryFile())
  await using store = await place.open()
  await store.runs.start({ id: 'r1', specId: 'S', stage: 'plan' })
  await place.damage("update run set labels = 'not JSON'")

  await expect(store.runs.get('r1')).rejects.toMatchObject({ code: 'CORRUPT' })
})
