import type { BodyRef } from './body.ts'
import type { LogEntry } from './event.ts'

/** A body that an event brought: whose it is, and what the log says of it. */
export interface ToldBody {
  readonly noun: 'execution' | 'artifact' | 'synthesis'
  readonly id: string
  readonly member: 'response' | 'content' | 'markdown' | 'metadata'
  /** Of the event. */
  readonly sequence: number
  readonly ref: BodyRef
}

/** The bodies that some events brought, in their order. */
export const bodiesToldBy = (entries: readonly LogEntry[]): readonly ToldBody[] => entries.flatMap(toldBy)

function toldBy({ type, data, sequence }: LogEntry): readonly ToldBody[] {
  switch (type) {
    case 'execution.completed':
    case 'execution.failed': {
      const { agentId, response } = data
      return response ? [{ noun: 'execution', id: agentId, member: 'response', sequence, ref: response }] : []
    }
    case 'artifact.added': {
      const artifact = { noun: 'artifact', id: data.artifactId, sequence } as const
      return [
        { ...artifact, member: 'content', ref: data.content },
        { ...artifact, member: 'metadata', ref: data.metadata },
      ]
    }
    case 'synthesis.added': {
      const synthesis = { noun: 'synthesis', id: data.synthesisId, sequence } as const
      return [
        { ...synthesis, member: 'markdown', ref: data.markdown },
        { ...synthesis, member: 'metadata', ref: data.metadata },
      ]
    }
    default:
      return []
  }
}
