import { type Event, type Events, type History, notFound, replay as replayRun } from '@consensus-store/core'
import { size } from '../columns.ts'
import { command } from '../command.ts'
import { type HistoryView, printHistory } from '../history-view.ts'
import { flag, whole } from '../option.ts'
import type { Column } from '../table.ts'

export const replay = command({
  summary: 'Print the events of a run, oldest first, or what they came to',
  details: 'With --state it prints what the run was after them instead.',
  args: ['<run>'],
  options: {
    to: whole('<sequence>', 'No further than this event', { min: 1, fallback: undefined }),
    state: flag('The run as it was then, folded from its log'),
  },

  async run(context, [runId], { to = Number.MAX_SAFE_INTEGER, state }) {
    const store = await context.open()
    if (state) {
      const history = viewOf(await replayRun(store, runId, { to }))
      await (context.json ? context.printJson(history) : printHistory(context, history))
      return 0
    }
    const pages = eventPages(store.events, runId, to)
    if (context.json)
      for await (const events of pages) for (const event of events) await context.printJson(event)
    else await context.printTable(columns, pages)
    return 0
  },
})

const viewOf = ({ run, executions, artifacts, syntheses }: History): HistoryView => ({
  run,
  executions: [...executions.values()],
  artifacts: [...artifacts.values()],
  syntheses: [...syntheses.values()],
})

const PAGE = 1_000

async function* eventPages(events: Events, runId: string, to: number): AsyncGenerator<readonly Event[]> {
  let after = 0
  while (after < to) {
    const page = await events.read(runId, { after, limit: Math.min(PAGE, to - after) })
    if (page.length === 0) break
    yield page
    after = page.at(-1)!.sequence
  }
  if (after === 0) throw notFound('run', runId)
}

const columns: readonly Column<Event>[] = [
  { title: '#', value: (event) => String(event.sequence), align: 'right', narrow: 'keep' },
  {
    title: 'at (UTC)',
    value: (event) => event.at.toISOString().replace('T', ' ').replace('Z', ''),
    narrow: 'whole',
  },
  { title: 'event', value: (event) => event.type },
  { title: 'what', value: what },
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
  }
}

const list = (label: string, names: readonly string[]) =>
  names.length > 0 ? `${label} ${names.join(', ')}` : ''
