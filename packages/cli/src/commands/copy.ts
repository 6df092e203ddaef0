import {
  type Comparison,
  type ConsensusStore,
  type Copied,
  type CopyCounts,
  type CopyRefusal,
  copyStore,
  followStore,
  type RunDifference,
} from '@consensus-store/core'
import { type Context, command } from '../command.ts'
import { compareThoroughly } from '../copy-thoroughly.ts'
import { counted } from '../counted.ts'
import { flag, text } from '../option.ts'
import { type Progress, progress } from '../progress.ts'
import { withoutPasswords } from '../store-url.ts'
import type { Column } from '../table.ts'
import { UsageError } from '../usage-error.ts'

export const copy = command({
  summary: 'Copy every run to another store, and compare the two',
  details:
    'What is there already stays as it is, so copying again copies what is new, and a copy that was stopped goes on. ' +
    'The source may be in use meanwhile. With --watch it keeps copying what changes, until Ctrl-C. ' +
    'Exits with 1 when a run was refused or differs, and names it.',
  args: [],
  options: {
    from: text('<url>', 'The store to copy; that of --store unless given'),
    to: text('<url>', 'The store to copy to, made when it is missing'),
    watch: flag('Keep following the source until Ctrl-C'),
    'no-compare': flag('Do not read both stores again to compare them'),
  },

  async run(context, _args, { from = context.storeUrl, to, watch, 'no-compare': unchecked }) {
    if (to === undefined) throw new UsageError('copy needs --to <url>')
    if (to === from) throw new UsageError('copy needs two stores, and --to names the one it copies')
    context.outlastReader()
    const source = await context.open({ url: from })
    const destination = await context.open({ url: to, missing: 'create' })
    const startedAt = performance.now()
    const first = await copyRuns(context, source, destination, watch)
    const ms = performance.now() - startedAt

    const { copied, comparison } = unchecked
      ? { copied: first, comparison: undefined }
      : await compare(context, source, destination, first, watch)
    const differing = comparison?.differing ?? []
    if (context.json) {
      const { runs, refusals } = copied
      await context.printJson({ runs, refusals, compared: comparison?.runs ?? null, differing })
    } else await printCopied(context, withoutPasswords(to), copied, ms, comparison)
    return copied.refusals.length > 0 || differing.length > 0 ? 1 : 0
  },
})

async function copyRuns(
  context: Context,
  source: ConsensusStore,
  destination: ConsensusStore,
  watch: boolean,
): Promise<Copied> {
  const { io, remark } = context
  const shown = progress(io.stderr, 'Copying runs', { rate: true })
  const options = { progress: stepsOf(shown) }
  try {
    if (!watch) return await copyStore(source, destination, { ...options, signal: io.signal })
    let following = false
    return await followStore(source, destination, {
      ...options,
      until: io.signal,
      caughtUp() {
        shown.done()
        if (following) return
        following = true
        context.takeInterruptions()
        remark('Everything there was is copied. Following what changes; Ctrl-C ends it after a last look.')
      },
      troubled({ code, message }) {
        shown.done()
        remark(withoutPasswords(`${code}: ${context.quote(message)}; trying again.`))
      },
    })
  } finally {
    shown.done()
  }
}

/** Steps of a progress from the counts of a copy, which are totals. */
function stepsOf(shown: Progress): (runs: CopyCounts) => void {
  let before = 0
  return ({ copied, extended, skipped, refused }) => {
    const now = copied + extended + skipped + refused
    shown.step(now - before)
    before = now
  }
}

async function compare(
  { io }: Context,
  source: ConsensusStore,
  destination: ConsensusStore,
  copied: Copied,
  watch: boolean,
) {
  const shown = progress(io.stderr, 'Comparing runs', { rate: true })
  try {
    // A watch was ended by the signal, and compares all the same.
    return await compareThoroughly(source, destination, copied, {
      ...(!watch && { signal: io.signal }),
      progress: shown.step,
    })
  } finally {
    shown.done()
  }
}

async function printCopied(
  context: Context,
  to: string,
  { runs, refusals }: Copied,
  ms: number,
  comparison: Comparison | undefined,
) {
  const { print, quote, printTable } = context
  const written = runs.copied + runs.extended
  const rate = Math.round(written / Math.max(0.001, ms / 1_000)).toLocaleString('en-US')
  await print(
    `Copied ${counted(runs.copied, 'run')} to ${quote(to)}, brought ${runs.extended.toLocaleString('en-US')} up to date, ` +
      `found ${runs.skipped.toLocaleString('en-US')} there already` +
      (written > 0 ? `: ${(ms / 1_000).toFixed(1)} s, ${rate} runs a second.` : '.'),
  )
  if (refusals.length > 0) await print(`Refused ${counted(refusals.length, 'run')}:`)
  await printTable(refusalColumns, [refusals])
  if (!comparison) return
  const { runs: compared, events, differing } = comparison
  await print(
    `Compared ${counted(compared, 'run')}, ${counted(events, 'event')}: ` +
      `${differing.length === 0 ? 'nothing differs' : `${counted(differing.length, 'run')} ${differing.length === 1 ? 'differs' : 'differ'}`}.`,
  )
  await printTable(differenceColumns, [differing])
}

const refusalColumns: readonly Column<CopyRefusal>[] = [
  { title: 'run', value: (refusal) => refusal.runId, narrow: 'keep' },
  { title: 'why', value: (refusal) => `${refusal.code}: ${refusal.message}` },
]

const differenceColumns: readonly Column<RunDifference>[] = [
  { title: 'run', value: (difference) => difference.runId, narrow: 'keep' },
  { title: 'how', value: (difference) => difference.how, narrow: 'keep' },
  { title: 'which means', value: (difference) => meanings[difference.how] },
]

const meanings: Readonly<Record<RunDifference['how'], string>> = {
  missing: 'only the source has it',
  extra: 'only the destination has it',
  behind: 'it has gone on in the source',
  ahead: 'it has gone on in the destination',
  other: 'the two tell it otherwise',
  unreadable: 'one of the two cannot read it: see verify',
}
