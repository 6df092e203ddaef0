import type { NewRun, Nouns, Route } from '@consensus-store/core'

/** Agents of one crew, who are always in one run and share its deletion. */
const CREW = 3

export const agentsOf = (crew: string): readonly string[] =>
  Array.from({ length: CREW }, (_, i) => `${crew} agent ${i}`)

/** The run of one of a crew's lives, with facts that no two lives share. */
export const runOf = (crew: string, life: number) =>
  ({
    id: `${crew} ${life}`,
    specId: `SPEC-${life}`,
    stage: `stage ${life % 3}`,
    branch: life % 2 === 0 ? `${crew}/${life}` : undefined,
  }) satisfies NewRun

/** The routes of a crew whose run this is. */
export const routesOf = (crew: string, { id, ...run }: ReturnType<typeof runOf>): readonly Route[] =>
  agentsOf(crew).map((agentId) => ({
    ...run,
    runId: id,
    agentId,
    agentName: `${agentId} of ${id}`,
    phaseType: id.length % 2 === 0 ? 'regular-stage' : 'quality-gate',
  }))

/** Spawns the agent whose route this is to be. */
export const spawn = (nouns: Pick<Nouns, 'executions'>, { runId, agentId, agentName, phaseType }: Route) =>
  nouns.executions.spawn({ runId, agentId, agentName, phaseType })
