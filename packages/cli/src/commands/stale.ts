import { type ConsensusStore, type Execution, type Run, StoreError } from '@consensus-store/core'
import { runColumns, staleColumns } from '../columns.ts'
import { type Context, command, type Outcome } from '../command.ts'
import { eachRun } from '../each-run.ts'
import { shellQuoted } from '../invocation.ts'
import { listOptions, printList } from '../listing.ts'
import { duration, flag } from '../option.ts'
import { pagesOf } from '../pages.ts'
import { span } from '../span.ts'
import { UsageError } from '../usage-error.ts'

export const stale = command({
  summary: 'List agents that have been out too long, newest first, or time them out',
  details:
    'With --time-out it times out every one of them, also those beyond a list of the newest; what such an agent answers after ' +
    'that is refused, so look at the list first. An agent that ends meanwhile stays as it ended. With --runs it lists runs that ' +
    'wait for nobody and in which nothing happened for so long, but that nobody has concluded: abandon ends those.',
  args: [],
  options: {
    'older-than': duration('How long is too long', '1h'),
    'time-out': flag('Time out every one of them'),
    runs: flag('List runs that were left running instead'),
    ...listOptions,
  },

  async run(context, _args, { 'older-than': olderThanMs, 'time-out': timesOut, runs, ...list }) {
    if (timesOut && (runs || list.all || list.limit !== undefined))
      throw new UsageError('--time-out takes every agent there is, and goes with --older-than only')
    const now = context.io.clock.now()
    const olderThan = new Date(now.getTime() - olderThanMs)
    const store = await context.open()
    if (timesOut) return timeOut(context, store, { now, olderThan })
    if (runs) {
      return printList(context, list, {
        fetch: async (page) => {
          const { items, next } = await store.runs.list({ status: 'running', ...page })
          return { items: await leftOf(store, items, olderThan), next }
        },
        columns: runColumns(context.paint),
        none: 'No run was left running that long.',
      })
    }
    return printList(context, list, {
      fetch: (page) => store.executions.stale({ olderThan, ...page }),
      columns: staleColumns(context.paint, now),
      none: 'Nobody is out that long.',
    })
  },
})

async function timeOut(
  context: Context,
  store: ConsensusStore,
  { now, olderThan }: { readonly now: Date; readonly olderThan: Date },
): Promise<Outcome> {
  const { json, print, printJson, quote, remark } = context
  const runIds = new Set<string>()

  async function timeOutOne({ agentId, runId, spawnedAt }: Execution): Promise<void> {
    const ended = await timedOutOrEnded(store, agentId)
    if (ended?.status !== 'timed-out') return remark(`Agent ${quote(agentId)} has ended meanwhile.`)
    runIds.add(runId)
    const out = span(now.getTime() - spawnedAt.getTime())
    await (json
      ? printJson(ended)
      : print(`Timed out ${quote(agentId)} of run ${quote(runId)}, which was out for ${out}.`))
  }

  let outcome: Outcome = 0
  for await (const { rows } of pagesOf((page) => store.executions.stale({ olderThan, ...page })))
    outcome = (await eachRun(context, rows, timeOutOne)) || outcome
  if (runIds.size === 0 && outcome === 0 && !json) remark('Nobody is out that long.')
  for (const runId of runIds) await nameIfLeft(context, store, runId)
  return outcome
}

/** The execution as it is then; `undefined` when it was deleted with its run. */
async function timedOutOrEnded(store: ConsensusStore, agentId: string): Promise<Execution | undefined> {
  try {
    return await store.executions.timeOut(agentId)
  } catch (error) {
    if (!(error instanceof StoreError) || !['CONFLICT', 'NOT_FOUND'].includes(error.code)) throw error
    return store.executions.get(agentId)
  }
}

/** A run that waits for nobody any more is ended by nobody, unless somebody hears of it. */
async function nameIfLeft({ quote, remark, typeable }: Context, store: ConsensusStore, runId: string) {
  const run = await store.runs.get(runId)
  if (run?.status !== 'running' || (await isWaiting(store, run))) return
  const call = `${typeable('consensus abandon')} ${shellQuoted(quote(runId))}`
  remark(`Run ${quote(runId)} waits for nobody now. To end it: ${call}`)
}

/** Those that wait for nobody, and in which nothing has happened since. */
async function leftOf(store: ConsensusStore, runs: readonly Run[], since: Date): Promise<Run[]> {
  const left: Run[] = []
  for (const run of runs) {
    if (run.startedAt < since && (await isQuiet(store, run, since)) && !(await isWaiting(store, run)))
      left.push(run)
  }
  return left
}

async function isQuiet({ events }: ConsensusStore, { id, lastSequence }: Run, since: Date): Promise<boolean> {
  const newest = await events.read(id, { after: lastSequence - 1 })
  return newest.every(({ at }) => at < since)
}

async function isWaiting({ executions }: ConsensusStore, { id: runId }: Run): Promise<boolean> {
  for (const status of ['spawned', 'running'] as const) {
    if ((await executions.list({ runId, status, limit: 1 })).items.length > 0) return true
  }
  return false
}
