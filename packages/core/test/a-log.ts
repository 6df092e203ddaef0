import { digest, type LogEntry, sealed, type UnsealedEntry } from '../src/index.ts'

const ref = (text: string) => ({ bytes: Buffer.byteLength(text), digest: digest(text) })
const at = (second: number) => new Date(Date.UTC(2026, 0, 5, 9, 0, second))

/** The log of a run that had two agents, one artifact and one synthesis, and concluded. */
export const aLog = (): readonly LogEntry[] => sealed(unsealed)

const unsealed: readonly UnsealedEntry[] = [
  {
    sequence: 1,
    type: 'run.started',
    at: at(1),
    data: { specId: 'S', stage: 'plan', expectedAgents: ['code'], labels: {} },
  },
  {
    sequence: 2,
    type: 'execution.spawned',
    at: at(2),
    data: { agentId: 'a1', agentName: 'code', phaseType: 'regular-stage' },
  },
  {
    sequence: 3,
    type: 'execution.spawned',
    at: at(3),
    data: { agentId: 'a2', agentName: 'claude', phaseType: 'quality-gate', modelVersion: 'm' },
  },
  { sequence: 4, type: 'execution.started', at: at(4), data: { agentId: 'a1' } },
  {
    sequence: 5,
    type: 'execution.completed',
    at: at(5),
    data: { agentId: 'a1', response: ref('done') },
  },
  {
    sequence: 6,
    type: 'artifact.added',
    at: at(6),
    data: { artifactId: 'art', agentName: 'code', content: ref('{"a":1}'), metadata: ref('{}') },
  },
  {
    sequence: 7,
    type: 'synthesis.added',
    at: at(7),
    data: {
      synthesisId: 'syn',
      verdict: 'degraded',
      agreements: [],
      conflicts: [],
      markdown: ref('# Plan'),
      metadata: ref('{}'),
    },
  },
  {
    sequence: 8,
    type: 'run.concluded',
    at: at(8),
    data: { verdict: 'degraded', missingAgents: ['claude'], agreements: [], conflicts: [] },
  },
  { sequence: 9, type: 'execution.timed-out', at: at(9), data: { agentId: 'a2' } },
]
