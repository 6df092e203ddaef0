import { type Event, eventsOf, FAILURE_STATUSES, noRun } from '@consensus-store/core'
import { millisecond, stateOf, styleOf, turnFailureColumns } from '../columns.ts'
import { command } from '../command.ts'
import { printFacts, printSection } from '../history-view.ts'
import type { Output } from '../output.ts'
import { span } from '../span.ts'
import { type Timeline, timelineOf } from '../timeline.ts'
import { chartOf } from '../timeline-chart.ts'

export const timeline = command({
  summary: 'Chart a run: when its agents were spawned, waited, worked and failed',
  details:
    'Each execution has a line with a bar from its spawning to its end, in time of UTC; what is still out goes on to ' +
    'the edge. Who answered without saying that it started is taken to have worked all the time. With --json, spans are ' +
    'in milliseconds.',
  args: ['<run>'],
  options: {},

  async run(context, [runId]) {
    const store = await context.open()
    const events: Event[] = []
    for await (const event of eventsOf(store, runId)) events.push(event)
    if (events.length === 0) throw noRun(runId)
    const told = timelineOf(runId, events, context.io.clock.now())
    await (context.json ? context.printJson(told) : printTimeline(context, told))
    return 0
  },
})

async function printTimeline(output: Output, timeline: Timeline) {
  const { run, from, to, endedAt, executions } = timeline
  await output.print(output.paint('bold', `Run ${output.quote(run.id)}`))
  await printFacts(output, [
    ['spec', run.specId],
    ['stage', run.stage],
    ['state', stateOf(run), styleOf(stateOf(run))],
    ['from', `${millisecond(from)} UTC`],
    ['to', `${millisecond(to)} UTC${run.status === 'running' ? ', still running' : ''}`],
    ['took', span((endedAt ?? to).getTime() - run.startedAt.getTime())],
  ])
  const { columns, lines, legend } = chartOf(timeline, output)
  await output.print('')
  await output.printTable(columns, [lines])
  await output.print(executions.length > 0 ? `\n${output.paint('dim', legend)}` : '\nIt has no executions.')
  const failures = executions.filter(({ status }) => FAILURE_STATUSES.some((each) => each === status))
  await printSection(output, 'Failures', turnFailureColumns(output.paint), failures)
}
