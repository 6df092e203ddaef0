import { type Event, eventsOf, noRun, replay as replayRun } from '@consensus-store/core'
import { batches } from '../batches.ts'
import { command } from '../command.ts'
import { eventColumns } from '../event-columns.ts'
import { printHistory, viewOf } from '../history-view.ts'
import { flag, instant, whole } from '../option.ts'
import { UsageError } from '../usage-error.ts'

/** Events that share the widths of their columns before the next are looked at. */
const PAGE = 1_000

export const replay = command({
  summary: 'Print the events of a run, oldest first, or what they came to',
  details:
    'With --state it prints what the run was after them instead. As of an instant, these are the events before the ' +
    'first that came later.',
  args: ['<run>'],
  options: {
    to: whole('<sequence>', 'No further than this event', { min: 1, fallback: undefined }),
    at: instant('As of this instant, UTC unless it says otherwise: 2026-03-02T08:05:30Z'),
    state: flag('The run as it was then, folded from its log'),
    'log-only': flag('With --state: fold the log alone, and neither begin at a snapshot nor leave one'),
  },

  async run(context, [runId], { to: sequence, at, state, 'log-only': logOnly }) {
    if (sequence !== undefined && at !== undefined)
      throw new UsageError('replay takes --to or --at, not both')
    if (logOnly && !state) throw new UsageError('--log-only goes with --state')
    const to = at ?? sequence
    const store = await context.open()
    if (state) {
      const snapshotEvery = logOnly ? 'never' : undefined
      const history = viewOf(await replayRun(store, runId, { to, snapshotEvery }))
      await (context.json ? context.printJson(history) : printHistory(context, history))
      return 0
    }
    const events = someEvents(eventsOf(store, runId, { to }), () => noRun(runId, to))
    if (context.json) for await (const event of events) await context.printJson(event)
    else await context.printTable(eventColumns, batches(events, PAGE))
    return 0
  },
})

async function* someEvents(events: AsyncIterable<Event>, none: () => Error): AsyncGenerator<Event> {
  let any = false
  for await (const event of events) {
    any = true
    yield event
  }
  if (!any) throw none()
}
