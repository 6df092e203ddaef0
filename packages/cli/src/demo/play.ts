import type { ConsensusStore, Run } from '@consensus-store/core'
import type { DemoClock } from './clock.ts'
import type { Scene, Turn } from './scenes.ts'

/** Says one thing that was done: the call, and what came of it. */
export type Tell = (call: string, outcome: string) => Promise<void>

export interface Stage {
  readonly store: ConsensusStore
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
export async function play(scene: Scene, stage: Stage): Promise<Played> {
  const { store, clock, tag, tell } = stage
  clock.setMinutesAgo(scene.minutesAgo)

  const expectedAgents = scene.turns.map(({ agent }) => agent)
  const run = await store.runs.start({
    id: `${scene.key}-${tag}`,
    specId: scene.specId,
    stage: scene.stage,
    expectedAgents,
  })
  await tell('runs.start', `${run.id}, expecting ${expectedAgents.join(', ')}`)

  const agentIds = await sendOut(run, scene, stage)
  for (const [i, turn] of scene.turns.entries()) {
    clock.pass(3)
    await take(turn, agentIds[i]!, run, stage)
  }
  return { run: await merge(run, scene, stage), agentIds }
}

async function sendOut(run: Run, { key, phaseType, turns }: Scene, { store, tag, tell }: Stage) {
  const agentIds: string[] = []
  for (const { agent, model } of turns) {
    const agentId = `${agent}-${key}-${tag}`
    await store.executions.spawn({
      agentId,
      runId: run.id,
      agentName: agent,
      phaseType,
      modelVersion: model,
    })
    await store.executions.start(agentId)
    agentIds.push(agentId)
  }
  await tell('executions.spawn', turns.map(({ agent }) => `${agent}-…`).join(', '))
  return agentIds
}

/** One agent's turn. Its answer is routed by its id alone, and kept word for word as well as in parts. */
async function take(turn: Turn, agentId: string, run: Run, { store, clock, tell }: Stage): Promise<void> {
  const { agent, model } = turn
  switch (turn.does) {
    case 'answer': {
      const route = await store.routes.find(agentId)
      await tell('routes.find', `${agentId} → ${route?.phaseType}, run ${route?.runId}`)
      await store.executions.complete(agentId, { response: JSON.stringify(turn.proposal) })
      const contribution = { runId: run.id, agentName: agent, modelVersion: model, content: turn.proposal }
      await store.artifacts.add(contribution)
      return tell('executions.complete', `${agent}: ${Object.values(turn.proposal)[0]}`)
    }
    case 'babble': {
      const { response, message } = turn
      await store.executions.fail(agentId, { reason: 'extraction', message, response })
      return tell('executions.fail', `${agent}, extraction: ${message}`)
    }
    case 'time out':
      clock.pass(20)
      await store.executions.timeOut(agentId)
      return tell('executions.timeOut', `${agent}, after 20 minutes`)
    case 'hang':
      return tell('…', `${agent} was not heard of again`)
  }
}

async function merge(run: Run, { ending }: Scene, { store, clock, tell }: Stage): Promise<Run> {
  if (!ending) return run
  clock.pass(1)
  const { markdown, conclusion } = ending
  const { verdict, agreements, conflicts } = conclusion
  const synthesis = { runId: run.id, verdict, agreements, conflicts, markdown }
  const { markdownBytes } = await store.syntheses.add(synthesis)
  await tell('syntheses.add', `${markdownBytes} bytes of markdown: ${(agreements ?? conflicts)?.join('; ')}`)

  const concluded = await store.runs.conclude(run.id, conclusion)
  const missing = concluded.missingAgents.join(', ')
  await tell('runs.conclude', missing ? `${verdict}, without ${missing}` : verdict)
  return concluded
}
