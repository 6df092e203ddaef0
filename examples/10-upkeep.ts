// Nothing grows for ever: a store that is kept well by itself, and what its health says of that.
import { startUpkeep, systemEnv, type UpkeepRound } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

let today = new Date('2026-03-01T09:00:00.000Z')
const env = { ...systemEnv, now: () => today }
const store = memoryStore({ env })

const { id } = await store.runs.start({ id: 'r1', specId: 'checkout', stage: 'plan' })
await store.runs.conclude(id, { verdict: 'unanimous' })
today = new Date('2026-04-15T09:00:00.000Z')
const before = await store.health()
console.log('before:', before.findings.map(({ message, remedy }) => `${message}. ${remedy}`).join('\n'))

const { promise: firstRound, resolve: onRound } = Promise.withResolvers<UpkeepRound>()
const upkeep = startUpkeep(store, {
  backup: { file: 'backups.zst', keep: 7 },
  retention: {
    policy: {
      archiveAfterDays: 30,
      deleteAfterDays: 365,
      overrides: [{ stage: 'audit', deleteAfterDays: 'never' }],
    },
  },
  reclaim: {},
  // There is nothing else in this program that would keep it from ending.
  keepAlive: true,
  lookEveryMs: 10,
  onRound,
  env,
})
await firstRound
await upkeep.stop()

const { findings, chores } = await store.health()
console.log('after: ', findings.length, 'findings')
for (const { name, last } of chores) console.log('       ', name, last?.ok ? 'went well' : 'failed')
console.log('        archived at', (await store.runs.get(id))?.archivedAt?.toISOString())
await store.close()
