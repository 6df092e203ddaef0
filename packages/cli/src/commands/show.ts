import { type Bundle, type ConsensusStore, type Json, notFound } from '@consensus-store/core'
import { command } from '../command.ts'
import { type HistoryView, printHistory } from '../history-view.ts'
import { flag } from '../option.ts'
import type { Output } from '../output.ts'
import { oldestFirst } from '../pages.ts'

export const show = command({
  summary: 'Show a run: its executions, artifacts and syntheses',
  args: ['<run>'],
  options: { content: flag('With the bodies: answers, contents and markdown') },

  async run(context, [runId], { content }) {
    const store = await context.open()
    if (!content) {
      const history = await summaryOf(store, runId)
      await (context.json ? context.printJson(history) : printHistory(context, history))
      return 0
    }
    const bundle = await bundleOf(store, runId)
    if (!bundle) throw notFound('run', runId)
    if (context.json) {
      const { events, ...owned } = bundle
      await context.printJson(owned)
    } else {
      await printHistory(context, bundle)
      await printBodies(context, bundle)
    }
    return 0
  },
})

async function summaryOf(store: ConsensusStore, runId: string): Promise<HistoryView> {
  const run = await store.runs.get(runId)
  if (!run) throw notFound('run', runId)
  const archived = run.archivedAt && (await bundleOf(store, runId))
  if (archived) {
    const { executions, artifacts, syntheses } = archived
    return {
      run: archived.run,
      executions: executions.map(({ response: _, ...execution }) => execution),
      artifacts: artifacts.map(({ content: _, ...artifact }) => artifact),
      syntheses: syntheses.map(({ markdown: _, ...synthesis }) => synthesis),
    }
  }
  return {
    run,
    executions: await oldestFirst((page) => store.executions.list({ runId, ...page })),
    artifacts: await oldestFirst((page) => store.artifacts.list({ runId, ...page })),
    syntheses: await oldestFirst((page) => store.syntheses.list({ runId, ...page })),
  }
}

/** No bundle tells whether its run is archived. */
async function bundleOf(store: ConsensusStore, runId: string): Promise<Bundle | undefined> {
  const [run, bundle] = await Promise.all([store.runs.get(runId), store.runs.bundle(runId)])
  return run && bundle && { ...bundle, run: { ...bundle.run, archivedAt: run.archivedAt } }
}

async function printBodies(output: Output, { executions, artifacts, syntheses }: Bundle) {
  for (const { agentId, response } of executions) {
    if (response !== undefined) await printBody(output, `Answer of ${agentId}`, response)
  }
  for (const { id, agentName, content } of artifacts) {
    await printBody(output, `Content of ${id}, by ${agentName}`, legible(content))
  }
  for (const { id, markdown } of syntheses) await printBody(output, `Markdown of ${id}`, markdown)
}

async function printBody({ print, printBody, paint, quote }: Output, title: string, body: string) {
  await print(`\n${paint('bold', quote(title))}`)
  await printBody(body.endsWith('\n') ? body : `${body}\n`)
}

const legible = (content: Json) => (typeof content === 'string' ? content : JSON.stringify(content, null, 2))
