// Nothing grows for ever: a store that is kept well by itself, and what its health says of that.
import { startUpkeep, systemEnv, type UpkeepChores, upkeepRound } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

let today = new Date('2026-03-01T09:00:00.000Z')
const env = { ...systemEnv, now: () => today }
const store = memoryStore({ env })

const { id } = await store.runs.start({ id: 'r1', specId: 'checkout', stage: 'plan' })
await store.runs.conclude(id, { verdict: 'unanimous' })
today = new Date('2026-04-15T09:00:00.000Z')

const policy = { archiveAfterDays: 30, deleteAfterDays: 365 }
const chores: UpkeepChores = {
  backup: { file: 'backups.zst', keep: 7 },
  retention: { policy },
  reclaim: {},
}
const upkeep = startUpkeep(store, chores)

const before = await store.health({ policy })
console.log('before:', before.findings.map(({ message }) => message).join('\n'))

// In a minute it would look for itself at what is due.
const { done } = await upkeepRound(store, { ...chores, env })
for (const { chore, outcome } of done) console.log('       ', chore, outcome.ok ? 'went well' : 'failed')
console.log('        archived at', (await store.runs.get(id))?.archivedAt?.toISOString())

const { findings } = await store.health({ policy })
console.log('after: ', findings.length, 'findings')

await upkeep.stop()
await store.close()
