// A process of a team that goes on working while its store is copied: writes until its standard input ends, then says
// how many runs it wrote, and ends.
import { sqliteStore } from '@consensus-store/sqlite'

const [path = '', name = ''] = process.argv.slice(2)
await using store = await sqliteStore({ path })
let stopped = false
process.stdin.on('end', () => {
  stopped = true
})
process.stdin.resume()

let runs = 0
for (; !stopped || runs < 20; runs++) {
  const id = `${name} ${runs}`
  await store.runs.start({ id, specId: 'live', stage: 'plan' })
  await store.executions.spawn({ agentId: id, runId: id, agentName: name, phaseType: 'regular-stage' })
  await store.executions.start(id)
  await store.executions.complete(id, { response: `the answer of ${id}` })
  // The last run but one goes on, and ends later than it began.
  if (runs > 0) await store.runs.conclude(`${name} ${runs - 1}`, { verdict: 'unanimous' })
}
console.log(runs)
