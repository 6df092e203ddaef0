// A run can be had as it was at any instant; two points of it, or two runs of its stage, can be told apart.
import { compareRuns, diff, replay } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

let minutes = 0
const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 9, minute))
const store = memoryStore({ env: { now: () => at(minutes), newId: () => 'unused' } })

async function plan(runId: string, agents: readonly string[], agreements: readonly string[]): Promise<void> {
  await store.runs.start({ id: runId, specId: 'checkout', stage: 'plan', expectedAgents: agents })
  for (const agentName of agents) {
    const agentId = `${agentName} of ${runId}`
    await store.executions.spawn({ agentId, runId, agentName, phaseType: 'regular-stage' })
    minutes += 5
    await store.executions.complete(agentId, { response: agreements.join() })
  }
  await store.runs.conclude(runId, { verdict: 'unanimous', agreements })
}
await plan('first', ['gemini', 'claude'], ['Charge once'])
await plan('second', ['claude', 'code'], ['Charge once', 'Keep the key for a day'])

const { run, executions } = await replay(store, 'first', { to: at(7) })
const then = [...executions.values()].map(({ agentName, status }) => `${agentName} ${status}`)
console.log(`at 09:07  the run was ${run.status}; ${then.join(', ')}`)

const since = await diff(store, 'first', at(7))
console.log(
  `since     ${since.events.map(({ type }) => type).join(', ')}; changed: ${since.run.members.join(', ')}`,
)
for (const { before, after } of since.executions) {
  console.log(`          ${after.agentName} ${before?.status} -> ${after.status}`)
}

const compared = compareRuns(await replay(store, 'first'), await replay(store, 'second'))
for (const { agentName, before, after } of compared.agents) {
  console.log(`agent     ${agentName}: ${before?.status ?? 'not sent'}, then ${after?.status ?? 'not sent'}`)
}
console.log(`gained    ${compared.agreements.gained.join('; ')}`)

await store.close()
