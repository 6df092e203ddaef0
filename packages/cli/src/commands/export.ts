import { notFound, runIds, stringifyBundle } from '@consensus-store/core'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { text } from '../option.ts'
import { progress } from '../progress.ts'
import { replaceFile } from '../replace-file.ts'

export const exportRuns = command({
  summary: 'Write runs as bundles, one per line, newest first',
  details: 'Every run, or the runs named, in the order they are named. What it writes, import reads.',
  args: ['[run...]'],
  options: { out: text('<file>', 'To this file, which appears once it is complete, instead of stdout') },

  async run(context, [ids], { out }) {
    const { io } = context
    const store = await context.open()

    /** One run in memory at a time. A run that was deleted since its id was listed is left out. */
    async function* lines() {
      for await (const id of ids.length > 0 ? ids : runIds(store)) {
        const bundle = await store.runs.bundle(id)
        if (bundle) yield stringifyBundle(bundle)
        else if (ids.length > 0) throw notFound('run', id)
      }
    }

    if (out === undefined || out === '-') {
      for await (const line of lines()) await context.printJsonText(line)
      return 0
    }

    const shown = progress(io.stderr, 'Exporting runs')
    let runs = 0
    try {
      await replaceFile(io, out, async (write) => {
        for await (const line of lines()) {
          await write(`${line}\n`)
          runs += 1
          shown.step()
        }
      })
    } finally {
      shown.done()
    }
    if (context.json) await context.printJson({ file: out, runs })
    else await context.print(`Wrote ${counted(runs, 'run')} to ${context.quote(out)}.`)
    return 0
  },
})
