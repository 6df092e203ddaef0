import { type ConsensusStore, type Event, StoreError, watch as watchEvents } from '@consensus-store/core'
import { type Context, command } from '../command.ts'
import { watchedColumns } from '../event-columns.ts'
import { text, whole } from '../option.ts'
import { withoutPasswords } from '../store-url.ts'

export const watch = command({
  summary: 'Print the events of all runs as they happen, until Ctrl-C',
  details:
    'One line for each event, in the order in which they were written, from now on unless told; with --json one object. ' +
    'A cursor is kept in the store: the next watch with its name goes on where this one ended, and prints what came meanwhile. ' +
    'A store that cannot be had is tried again. It ends with 0 on Ctrl-C, and when nobody reads its output any more.',
  args: [],
  options: {
    spec: text('<id>', 'Only runs of this spec'),
    stage: text('<name>', 'Only runs of this stage'),
    run: text('<id>', 'Only this run, which may be yet to come'),
    after: whole('<position>', 'Begin behind this position: 0 for the first event there is', {
      min: 0,
      fallback: undefined,
    }),
    cursor: text(
      '<name>',
      'Go on where the last watch under this name ended; a new one begins as if it had none',
    ),
  },

  async run(context, _args, { spec: specId, stage, run: runId, after, cursor }) {
    const store = await context.open()
    const position = await beginning(store, after, cursor)
    context.takeInterruptions()
    context.remark(`Watching behind position ${position}; Ctrl-C ends it.`)
    const troubled = ({ code, message }: StoreError) =>
      context.remark(withoutPasswords(`${code}: ${context.quote(message)}; trying again.`))
    const events = watchEvents(store, {
      after: position,
      filter: { runId, specId, stage },
      signal: AbortSignal.any([context.io.signal, context.unread]),
      troubled,
    })
    const saved = cursor === undefined ? events : saving(store, cursor, events, troubled)
    await printAsTheyCome(context, saved)
    return 0
  },
})

/** Where to begin. A new cursor is kept at once, so that nothing is missed by who ends before the first event. */
async function beginning(
  store: ConsensusStore,
  after: number | undefined,
  cursor: string | undefined,
): Promise<number> {
  const kept = cursor === undefined ? undefined : await store.cursors.load(cursor)
  if (kept !== undefined) return kept
  const position = after ?? (await store.events.position())
  if (cursor !== undefined) await store.cursors.save(cursor, position)
  return position
}

async function printAsTheyCome({ json, printJson, printTable }: Context, events: AsyncGenerator<Event>) {
  if (json) for await (const event of events) await printJson(event)
  else await printTable(watchedColumns, oneByOne(events))
}

async function* oneByOne(events: AsyncGenerator<Event>): AsyncGenerator<readonly Event[]> {
  for await (const event of events) yield [event]
}

/**
 * Keeps how far it got when an event was printed, which is when the next one is asked for. What cannot be kept just now is
 * kept with the next.
 */
async function* saving(
  store: ConsensusStore,
  cursor: string,
  events: AsyncGenerator<Event>,
  troubled: (error: StoreError) => void,
): AsyncGenerator<Event> {
  for await (const event of events) {
    yield event
    try {
      await store.cursors.save(cursor, event.position)
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable) throw error
      troubled(error)
    }
  }
}
