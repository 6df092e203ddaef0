import { compareRuns, diff as diffRun, replay } from '@consensus-store/core'
import { command } from '../command.ts'
import { printComparison, printDiff } from '../diff-view.ts'
import { point } from '../option.ts'
import { UsageError } from '../usage-error.ts'

export const diff = command({
  summary: 'Compare two runs, or one run with what it was',
  details:
    'Of two runs it prints how each of their agents came out, and which agreements and conflicts only one of them has; ' +
    'of one run, what changed between two points. Exits with 0 whether they differ or not: to differ is an answer here.',
  args: ['<run>', '[run]'],
  options: {
    from: point('Of one run, what came after this event or instant (from the beginning unless given)', {
      min: 0,
    }),
    to: point('Of one run, no further than this event or instant (up to now unless given)', { min: 1 }),
  },

  async run(context, [runId, otherId], { from, to }) {
    if (otherId !== undefined && (from ?? to) !== undefined)
      throw new UsageError('diff takes --from and --to with one run, not with two')
    const store = await context.open()
    if (otherId === undefined) {
      const changes = await diffRun(store, runId, from ?? 0, to)
      await (context.json ? context.printJson(changes) : printDiff(context, changes, { from, to }))
      return 0
    }
    const comparison = compareRuns(await replay(store, runId), await replay(store, otherId))
    await (context.json ? context.printJson(comparison) : printComparison(context, comparison))
    return 0
  },
})
