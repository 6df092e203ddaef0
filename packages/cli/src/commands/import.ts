import { command } from '../command.ts'
import { live, rehearsal } from '../import/destination.ts'
import { type InferredSummary, importRows } from '../import/import.ts'
import { importBundles } from '../import/import-bundles.ts'
import { explained } from '../import/scratch.ts'
import { openSource } from '../import/source.ts'
import { printSummary } from '../import/summary.ts'
import { tally } from '../import/tally.ts'
import { duration, flag } from '../option.ts'
import { progress } from '../progress.ts'

/** Runs shown one by one; a source may hold a great many. */
const SHOWN = 50

export const importHistory = command({
  summary: 'Bring in a folder of evidence, a legacy database, or an export',
  details:
    'The path is a folder, a .db file, a file of lines that export wrote, or - for such lines on standard input. ' +
    'Importing again adds nothing. Prints what was read, stored, there already and refused; ' +
    'exits with 1 when something was refused.',
  args: ['<path>'],
  remedies: {
    CORRUPT:
      'Check that it is the right file. What was stored before it was met stays; importing again adds the rest.',
  },
  options: {
    'dry-run': flag('Say what would happen, and write nothing'),
    silence: duration('Rows without a run id this far apart are of different runs', '30m'),
  },

  async run(context, [path], { 'dry-run': dryRun, silence: silenceMs }) {
    const { io, json, printJson, open } = context
    context.outlastReader()
    const source = openSource(path, io)
    const destination = async () =>
      dryRun ? rehearsal(await open({ missing: 'pretend' })) : live(await open({ missing: 'create' }))
    const counts = tally()
    const runs: InferredSummary[] = []
    const bar = progress(io.stderr, 'rows read and settled')
    try {
      const common = { signal: io.signal, step: bar.step }
      const inferred = (run: InferredSummary) => void (runs.length < SHOWN && runs.push(run))
      if (source.kind === 'bundles') await importBundles(source, destination, counts, common)
      else await importRows(source, destination, counts, { ...common, silenceMs, inferred })
    } catch (error) {
      throw explained(error)
    } finally {
      bar.done()
    }

    const report = counts.report(dryRun)
    if (json) await printJson(report)
    else await printSummary(context, report, { silenceMs, runs })
    return report.refusals.length > 0 ? 1 : 0
  },
})
