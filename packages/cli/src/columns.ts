import type { Run } from '@consensus-store/core'
import type { Output } from './output.ts'
import type { Column } from './table.ts'

type Paint = Output['paint']

/** Minutes are enough to tell runs apart, and leave room for their ids. */
export const minute = (at: Date | undefined): string =>
  at ? at.toISOString().slice(0, 16).replace('T', ' ') : ''

/** Where a run stands, in one word: its verdict says more than that it was concluded. */
export const stateOf = ({ status, verdict }: Run): string => verdict ?? status

export const runColumns = (paint: Paint): readonly Column<Run>[] => [
  { title: 'run', value: (run) => run.id, keep: true },
  { title: 'spec', value: (run) => run.specId },
  { title: 'stage', value: (run) => run.stage },
  { title: 'state', value: stateOf, paint: (cell, run) => paint(mood(stateOf(run)), cell) },
  { title: 'started (UTC)', value: (run) => minute(run.startedAt) },
  { title: 'missing', value: (run) => run.missingAgents.join(', ') },
]

export function mood(state: string): 'green' | 'yellow' | 'red' | 'dim' | 'cyan' {
  if (state === 'unanimous' || state === 'completed') return 'green'
  if (state === 'degraded' || state === 'timed-out') return 'yellow'
  if (state === 'failed') return 'red'
  return state === 'running' || state === 'spawned' ? 'cyan' : 'dim'
}
