import type { Execution, History, LogEntry, Run } from '@consensus-store/core'

/** What a log of agents came to, by a loop for this log only, which takes every event for right. */
export function foldByHand(runId: string, log: readonly LogEntry[]): History {
  let run: Run | undefined
  const executions = new Map<string, Execution>()
  for (const { type, at, data } of log) {
    switch (type) {
      case 'run.started':
        run = {
          id: runId,
          specId: data.specId,
          stage: data.stage,
          branch: data.branch,
          status: 'running',
          expectedAgents: data.expectedAgents,
          missingAgents: [],
          agreements: [],
          conflicts: [],
          verdict: undefined,
          labels: data.labels,
          pinned: false,
          startedAt: at,
          concludedAt: undefined,
          archivedAt: undefined,
          seal: undefined,
          lastSequence: log.length,
        }
        break
      case 'execution.spawned':
        executions.set(data.agentId, {
          agentId: data.agentId,
          runId,
          specId: run!.specId,
          stage: run!.stage,
          branch: run!.branch,
          agentName: data.agentName,
          phaseType: data.phaseType,
          modelVersion: data.modelVersion,
          status: 'spawned',
          spawnedAt: at,
          startedAt: undefined,
          endedAt: undefined,
          failure: undefined,
          responseBytes: undefined,
          responseDigest: undefined,
        })
        break
      case 'execution.started':
        executions.set(data.agentId, { ...executions.get(data.agentId)!, status: 'running', startedAt: at })
        break
      case 'execution.completed':
        executions.set(data.agentId, {
          ...executions.get(data.agentId)!,
          status: 'completed',
          endedAt: at,
          responseBytes: data.response.bytes,
          responseDigest: data.response.digest,
        })
    }
  }
  return { run: run!, executions, artifacts: new Map(), syntheses: new Map() }
}
