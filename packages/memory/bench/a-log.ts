import { digest, type LogEntry } from '@consensus-store/core'

const RESPONSE = 'Two tables are enough.'

/** A log of so many events: agents that were spawned, started and answered. */
export function aLog(events: number): readonly LogEntry[] {
  const at = new Date()
  const response = { bytes: Buffer.byteLength(RESPONSE), digest: digest(RESPONSE) }
  const log: LogEntry[] = [
    {
      sequence: 1,
      type: 'run.started',
      at,
      data: { specId: 'SPEC-1', stage: 'plan', expectedAgents: [], labels: {} },
    },
  ]
  for (let i = 0; log.length < events; i++) {
    const agentId = `agent-${i}`
    const sequence = log.length + 1
    log.push(
      {
        sequence,
        type: 'execution.spawned',
        at,
        data: { agentId, agentName: 'gemini', phaseType: 'regular-stage' },
      },
      { sequence: sequence + 1, type: 'execution.started', at, data: { agentId } },
      { sequence: sequence + 2, type: 'execution.completed', at, data: { agentId, response } },
    )
  }
  return log.slice(0, events)
}
