import { resolve } from 'node:path'
import {
  archiveFolder,
  CHORE_NAMES,
  type ChoreName,
  type DoneChore,
  type UpkeepRound,
  upkeepRound,
} from '@consensus-store/core'
import { command } from '../command.ts'
import { choreColumns } from '../health-view.ts'
import { flag, optionalDuration, text, whole } from '../option.ts'
import { policyGiven, policyOptions } from '../policy.ts'
import { UsageError } from '../usage-error.ts'

export const upkeep = command({
  summary: 'Do once what keeps the store well: backup, retention, giving space back',
  details:
    'For cron and the like; programs that stay can have it done by startUpkeep. A backup is made if its file is given, before ' +
    'anything goes. While somebody else does upkeep of the store nothing is done, which is no failure unless --only named what ' +
    'to do; --wait waits for its turn. What came of it is kept in the store, where health shows it. Exits with 1 when ' +
    'something failed, or what --only named was not done; the others are done all the same.',
  args: [],
  options: {
    ...policyOptions,
    folder: text('<path>', 'Keep archives in a folder too, before their runs leave'),
    force: flag('Believe a clock that is more than ten years past the newest event'),
    backup: text('<file>', 'Make a backup there'),
    keep: whole('<n>', 'With --backup: how many to keep (1 unless given)', { min: 1, fallback: undefined }),
    convert: flag('Convert a SQLite file that cannot give space back, when that is worthwhile'),
    only: text('<chores>', 'Do only some of backup, retention and reclaim, as in retention,reclaim'),
    wait: optionalDuration('Wait so long for its turn while somebody else is at it'),
  },

  async run(context, _args, options) {
    const { io, json, print, printJson, printTable, quote, remark, paint } = context
    const wanted = chosen(options.only)
    mustGoTogether(options, wanted)
    const { folder, force, backup, keep, convert, only, wait, ...given } = options
    const policy = await policyGiven(context, given)
    const store = await context.open()
    // Else nobody could follow for a while.
    context.takeInterruptions()
    const round = await upkeepRound(store, {
      env: io.clock,
      signal: io.signal,
      waitMs: wait,
      ...(backup !== undefined &&
        wanted.has('backup') && { backup: { file: resolve(io.cwd, backup), keep } }),
      ...(wanted.has('retention') && {
        retention: {
          policy,
          force,
          ...(folder !== undefined && { folder: archiveFolder(resolve(io.cwd, folder)) }),
        },
      }),
      ...(wanted.has('reclaim') && { reclaim: { convert: convert ? 'when worthwhile' : 'never' } as const }),
    })
    if (json) await printJson(round)
    else if (round.heldBy === undefined) await printTable(choreColumns(paint), [round.done.map(asListed)])
    else await print(`Nothing was done: ${quote(round.heldBy)} is at it${until(round)}.`)
    const failed = round.done.filter(({ outcome }) => !outcome.ok)
    for (const { chore, outcome } of failed)
      remark(`error: ${chore}: ${quote(String(outcome.summary.message))}`)
    const missed = [...wanted].filter((name) => !isDone(round, name) && (name !== 'backup' || backup))
    const isFailure = only !== undefined && missed.length > 0
    for (const chore of isFailure || round.heldBy === undefined ? missed : [])
      remark(`${isFailure ? 'error: ' : ''}${chore} was not done: somebody else is at it.`)
    return failed.length > 0 || isFailure ? 1 : 0
  },
})

const until = ({ heldUntil }: UpkeepRound) =>
  heldUntil ? ` until ${heldUntil.toISOString()}, or longer` : ''

const isDone = ({ done }: UpkeepRound, name: ChoreName) => done.some(({ chore }) => chore === name)

const asListed = ({ chore, outcome }: DoneChore) => ({
  name: chore,
  holder: undefined,
  heldUntil: undefined,
  last: outcome,
})

/** In the order in which they are done. */
function chosen(only: string | undefined): ReadonlySet<ChoreName> {
  if (only === undefined) return new Set(CHORE_NAMES)
  const words = only.split(',')
  const wrong = words.find((word) => !CHORE_NAMES.some((chore) => chore === word))
  if (wrong !== undefined) {
    throw new UsageError(`--only takes ${CHORE_NAMES.join(', ')}, not ${JSON.stringify(wrong)}`)
  }
  return new Set(CHORE_NAMES.filter((chore) => words.includes(chore)))
}

/** UsageError for an option of a chore that is not to be done. */
function mustGoTogether(options: Readonly<Record<string, unknown>>, wanted: ReadonlySet<ChoreName>): void {
  const { only, backup, keep } = options
  const isGiven = (name: string) => options[name] !== undefined && options[name] !== false
  if (only !== undefined && wanted.has('backup') && backup === undefined)
    throw new UsageError('--only backup needs --backup <file>')
  if (keep !== undefined && backup === undefined) throw new UsageError('--keep goes with --backup <file>')
  for (const [chore, names] of OF_CHORE) {
    const stray = wanted.has(chore) ? undefined : names.find(isGiven)
    if (stray !== undefined)
      throw new UsageError(`--${stray} is for the chore ${chore}, which --only ${only} leaves out`)
  }
}

const OF_CHORE: readonly (readonly [ChoreName, readonly string[]])[] = [
  ['backup', ['backup', 'keep']],
  ['retention', [...Object.keys(policyOptions), 'folder', 'force']],
  ['reclaim', ['convert']],
]
