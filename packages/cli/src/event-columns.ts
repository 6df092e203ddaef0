import type { Event } from '@consensus-store/core'
import { millisecond, size } from './columns.ts'
import type { Column } from './table.ts'

/** The events of one run. */
export const eventColumns: readonly Column<Event>[] = [
  { title: '#', value: (event) => String(event.sequence), align: 'right', narrow: 'keep' },
  { title: 'at (UTC)', value: (event) => millisecond(event.at), narrow: 'whole' },
  { title: 'event', value: (event) => event.type },
  { title: 'what', value: what },
]

/** The events of all runs. */
export const watchedColumns: readonly Column<Event>[] = [
  { title: 'position', value: (event) => String(event.position), align: 'right', narrow: 'whole' },
  { title: 'run', value: (event) => event.runId, narrow: 'keep' },
  ...eventColumns,
]

function what({ type, data }: Event): string {
  switch (type) {
    case 'run.started':
      return `${data.specId}, ${data.stage}${list(' expecting', data.expectedAgents)}`
    case 'run.concluded':
      return `${data.verdict}${list(' without', data.missingAgents)}`
    case 'run.abandoned':
    case 'run.pinned':
    case 'run.unpinned':
      return ''
    case 'execution.spawned':
      return `${data.agentId}: ${data.agentName}, ${data.phaseType}`
    case 'execution.started':
    case 'execution.cancelled':
    case 'execution.timed-out':
      return data.agentId
    case 'execution.completed':
      return `${data.agentId}: ${size(data.response.bytes)} bytes`
    case 'execution.failed':
      return `${data.agentId}: ${data.failure.reason}, ${data.failure.message}`
    case 'artifact.added':
      return `${data.artifactId}: ${data.agentName}, ${size(data.content.bytes)} bytes`
    case 'synthesis.added':
      return `${data.synthesisId}: ${data.verdict}, ${size(data.markdown.bytes)} bytes`
    // Of a type that a newer version appended: shown as it is.
    default:
      return JSON.stringify(data)
  }
}

const list = (label: string, names: readonly string[]) =>
  names.length > 0 ? `${label} ${names.join(', ')}` : ''
