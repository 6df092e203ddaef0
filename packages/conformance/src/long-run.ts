import { type Bundle, fold, type LogEntry } from '@consensus-store/core'

/** A running run of many agents, all of whom were cancelled: three events each, and no body. */
export function aLongRun(id: string, agents: number): Bundle {
  const at = new Date('2026-01-05T08:00:00.000Z')
  const log: Omit<LogEntry, 'sequence'>[] = [
    { type: 'run.started', at, data: { specId: 'LONG', stage: 'plan', expectedAgents: [], labels: {} } },
  ]
  for (let i = 0; i < agents; i++) {
    const agentId = `${id} ${i}`
    log.push(
      { type: 'execution.spawned', at, data: { agentId, agentName: 'code', phaseType: 'regular-stage' } },
      { type: 'execution.started', at, data: { agentId } },
      { type: 'execution.cancelled', at, data: { agentId } },
    )
  }
  const events = log.map((entry, i) => ({ ...entry, sequence: i + 1 }) as LogEntry)
  const { run, executions } = fold(id, events)
  return {
    run,
    executions: [...executions.values()].map((row) => ({ ...row, response: undefined })),
    artifacts: [],
    syntheses: [],
    events,
  }
}
