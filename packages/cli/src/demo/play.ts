import type { ConsensusStore, Run } from '@consensus-store/core'
import type { DemoClock } from './clock.ts'
import type { Scene, Turn } from './scenes.ts'

/** Says one thing that was done: the call, and what came of it. */
export type Tell = (call: string, outcome: string) => Promise<void>

export interface Stagecraft {
  readonly clock: DemoClock
  /** Makes ids new, so that a demo played again adds runs of its own. */
  readonly tag: string
  readonly tell: Tell
}

/** The run a scene became, with its agents in the order they were sent out. */
export interface Played {
  readonly run: Run
  readonly agentIds: readonly string[]
}

/** Plays one scene: a run is started, agents are sent out and answer, their answers are merged. */
export async function play(
  { runs, executions, routes, artifacts, syntheses }: ConsensusStore,
  { key, specId, stage, phaseType, minutesAgo, turns, ending }: Scene,
  { clock, tag, tell }: Stagecraft,
): Promise<Played> {
  clock.setMinutesAgo(minutesAgo)
  const expectedAgents = turns.map(({ agent }) => agent)
  const run = await runs.start({ id: `${key}-${tag}`, specId, stage, expectedAgents })
  await tell('runs.start', `${run.id}, expecting ${expectedAgents.join(', ')}`)

  const agentIds: string[] = []
  for (const { agent, model } of turns) {
    const agentId = `${agent}-${key}-${tag}`
    await executions.spawn({ agentId, runId: run.id, agentName: agent, phaseType, modelVersion: model })
    await executions.start(agentId)
    agentIds.push(agentId)
  }
  await tell('executions.spawn', expectedAgents.map((agent) => `${agent}-…`).join(', '))

  for (const [i, turn] of turns.entries()) {
    clock.pass(3)
    await take(turn, agentIds[i]!)
  }
  if (!ending) return { run, agentIds }

  clock.pass(1)
  const { markdown, conclusion } = ending
  const { verdict, agreements, conflicts } = conclusion
  const { markdownBytes } = await syntheses.add({ runId: run.id, verdict, agreements, conflicts, markdown })
  await tell('syntheses.add', `${markdownBytes} bytes of markdown: ${(agreements ?? conflicts)?.join('; ')}`)
  const concluded = await runs.conclude(run.id, conclusion)
  const missing = concluded.missingAgents.join(', ')
  await tell('runs.conclude', missing ? `${verdict}, without ${missing}` : verdict)
  return { run: concluded, agentIds }

  async function take(turn: Turn, agentId: string): Promise<void> {
    switch (turn.does) {
      case 'answer': {
        const route = await routes.find(agentId)
        await tell('routes.find', `${agentId} → ${route?.phaseType}, run ${route?.runId}`)
        await executions.complete(agentId, { response: JSON.stringify(turn.proposal) })
        await artifacts.add({
          runId: run.id,
          agentName: turn.agent,
          modelVersion: turn.model,
          content: turn.proposal,
        })
        return tell('executions.complete', `${turn.agent}: ${Object.values(turn.proposal)[0]}`)
      }
      case 'babble': {
        const { response, message } = turn
        await executions.fail(agentId, { reason: 'extraction', message, response })
        return tell('executions.fail', `${turn.agent}, extraction: ${message}`)
      }
      case 'time out':
        clock.pass(20)
        await executions.timeOut(agentId)
        return tell('executions.timeOut', `${turn.agent}, after 20 minutes`)
      case 'hang':
        return tell('…', `${turn.agent} was not heard of again`)
    }
  }
}
