import { resolve } from 'node:path'
import { archiveFolder, type DoneChore, upkeepRound } from '@consensus-store/core'
import { command } from '../command.ts'
import { choreColumns } from '../health-view.ts'
import { flag, text, whole } from '../option.ts'
import { policyGiven, policyOptions } from '../policy.ts'
import { UsageError } from '../usage-error.ts'

export const upkeep = command({
  summary: 'Do once what keeps the store well: backup, retention, giving space back',
  details:
    'For cron and the like; programs that stay can have it done by startUpkeep. A backup is made if its file is given, before ' +
    'anything goes. Nothing is done while somebody else does upkeep of the store, and that is no failure. What came of it is ' +
    'kept in the store, where health shows it. Exits with 1 when something failed; the others are done all the same.',
  args: [],
  options: {
    ...policyOptions,
    folder: text('<path>', 'Keep archives in a folder too, before their runs leave'),
    force: flag('Believe a clock that is more than ten years past the newest event'),
    backup: text('<file>', 'Make a backup there'),
    keep: whole('<n>', 'With --backup: how many to keep', { min: 1, fallback: 1 }),
    convert: flag('Convert a SQLite file that cannot give space back, when that is worthwhile'),
    only: text('<chores>', 'Do only some of backup, retention and reclaim, as in retention,reclaim'),
  },

  async run(context, _args, { folder, force, backup, keep, convert, only, ...given }) {
    const { io, json, print, printJson, printTable, quote, remark, paint } = context
    const wanted = chosen(only)
    if (only !== undefined && wanted('backup') && backup === undefined)
      throw new UsageError('--only backup needs --backup <file>')
    const policy = await policyGiven(context, given)
    const store = await context.open()
    context.outlastReader()
    const round = await upkeepRound(store, {
      env: io.clock,
      signal: io.signal,
      ...(backup !== undefined && wanted('backup') && { backup: { file: resolve(io.cwd, backup), keep } }),
      ...(wanted('retention') && {
        retention: {
          policy,
          force,
          ...(folder !== undefined && { folder: archiveFolder(resolve(io.cwd, folder)) }),
        },
      }),
      ...(wanted('reclaim') && { reclaim: { convert: convert ? 'when worthwhile' : 'never' } as const }),
    })
    if (json) await printJson(round)
    else if (round.heldBy !== undefined) await print(`Nothing was done: ${quote(round.heldBy)} is at it.`)
    else await printTable(choreColumns(paint), [round.done.map(asListed)])
    const failed = round.done.filter(({ outcome }) => !outcome.ok)
    for (const { chore, outcome } of failed)
      remark(`error: ${chore}: ${quote(String(outcome.summary.message))}`)
    return failed.length > 0 ? 1 : 0
  },
})

const asListed = ({ chore, outcome }: DoneChore) => ({
  name: chore,
  holder: undefined,
  heldUntil: undefined,
  last: outcome,
})

const CHORES = ['backup', 'retention', 'reclaim'] as const

function chosen(only: string | undefined): (chore: (typeof CHORES)[number]) => boolean {
  if (only === undefined) return () => true
  const words = only.split(',')
  const wrong = words.find((word) => !CHORES.some((chore) => chore === word))
  if (wrong !== undefined) {
    throw new UsageError(`--only takes ${CHORES.join(', ')}, not ${JSON.stringify(wrong)}`)
  }
  return (chore) => words.includes(chore)
}
