import type {
  Artifact,
  Execution,
  NewArtifact,
  NewExecution,
  NewRun,
  NewSynthesis,
  Nouns,
  Run,
  Synthesis,
} from '@consensus-store/core'

/** A started run, when a test needs one and cares for little in it. */
export const aRun = (store: Pick<Nouns, 'runs'>, run: Partial<NewRun> = {}): Promise<Run> =>
  store.runs.start({ specId: 'SPEC-1', stage: 'plan', ...run })

/** A spawned agent. */
export const anAgent = (
  store: Pick<Nouns, 'executions'>,
  execution: Partial<NewExecution> & Pick<NewExecution, 'runId'>,
): Promise<Execution> =>
  store.executions.spawn({ agentName: 'gemini', phaseType: 'regular-stage', ...execution })

/** An artifact of an agent. */
export const anArtifact = (
  store: Pick<Nouns, 'artifacts'>,
  artifact: Partial<NewArtifact> & Pick<NewArtifact, 'runId'>,
): Promise<Artifact> => store.artifacts.add({ agentName: 'gemini', content: { plan: 'first' }, ...artifact })

/** A synthesis of a run. */
export const aSynthesis = (
  store: Pick<Nouns, 'syntheses'>,
  synthesis: Partial<NewSynthesis> & Pick<NewSynthesis, 'runId'>,
): Promise<Synthesis> => store.syntheses.add({ verdict: 'unanimous', markdown: '# Plan', ...synthesis })

/** An abandoned run, all of whose agents were cancelled: nothing keeps it from being deleted. */
export async function anEndedRun(
  store: Pick<Nouns, 'runs' | 'executions'>,
  id: string,
  ...agentIds: readonly string[]
): Promise<void> {
  await aRun(store, { id })
  for (const agentId of agentIds) {
    await anAgent(store, { runId: id, agentId })
    await store.executions.cancel(agentId)
  }
  await store.runs.abandon(id)
}
