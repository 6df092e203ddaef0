import { MAX_LIMIT, notFound, type Route } from '@consensus-store/core'
import { command } from '../command.ts'
import { printExplanations } from '../explanation.ts'
import { flag } from '../option.ts'
import type { Column } from '../table.ts'

export const route = command({
  summary: 'Say where the answers of agents belong',
  details:
    'Exits with 1 if one of them was never spawned; the others are still shown. With --explain it says who was asked for each, the cache that --cache names and the store, who answered, and how long that took.',
  args: ['<agent...>'],
  options: { explain: flag('Who answered, and how long each took') },

  async run(context, [agents], { explain }) {
    const store = await context.open()
    if (explain) return printExplanations(context, store, agents)
    const unknown: string[] = []

    async function* pages() {
      for (let i = 0; i < agents.length; i += MAX_LIMIT) {
        const asked = agents.slice(i, i + MAX_LIMIT)
        const found = await store.routes.findMany(asked)
        unknown.push(...asked.filter((agent) => !found.has(agent)))
        yield asked.flatMap((agent) => found.get(agent) ?? [])
      }
    }

    if (context.json)
      for await (const routes of pages()) for (const each of routes) await context.printJson(each)
    else await context.printTable(columns, pages())
    if (unknown.length > 0) throw notFound('agent', unknown.join(', '))
    return 0
  },
})

const columns: readonly Column<Route>[] = [
  { title: 'agent', value: (route) => route.agentId, narrow: 'keep' },
  { title: 'name', value: (route) => route.agentName },
  { title: 'phase', value: (route) => route.phaseType },
  { title: 'spec', value: (route) => route.specId },
  { title: 'stage', value: (route) => route.stage },
  { title: 'run', value: (route) => route.runId, narrow: 'keep' },
  { title: 'branch', value: (route) => route.branch ?? '' },
]
