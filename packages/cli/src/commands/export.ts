import { type Bundle, notFound, runIds, StoreError, stringifyBundle } from '@consensus-store/core'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { text } from '../option.ts'
import { progress } from '../progress.ts'
import { replaceFile } from '../replace-file.ts'

export const exportRuns = command({
  summary: 'Write runs as bundles, one per line, newest first',
  details:
    'Every run, or the runs named, in the order they are named. What it writes, import reads. ' +
    'Of every run, one that lost a part is left out and named, and the exit code is 1.',
  args: ['[run...]'],
  options: { out: text('<file>', 'To this file, which appears once it is complete, instead of stdout') },

  async run(context, [ids], { out }) {
    const { io } = context
    const store = await context.open()

    let damaged = false

    /** One run in memory at a time. A run that was deleted since its id was listed is left out. */
    async function* lines() {
      for await (const id of ids.length > 0 ? ids : runIds(store)) {
        const bundle = await bundleOf(id)
        if (bundle) yield stringifyBundle(bundle)
        else if (ids.length > 0) throw notFound('run', id)
      }
    }

    async function bundleOf(id: string): Promise<Bundle | undefined> {
      try {
        return await store.runs.bundle(id)
      } catch (error) {
        if (ids.length > 0 || !(error instanceof StoreError) || error.code !== 'CORRUPT') throw error
        damaged = true
        context.remark(
          `error: CORRUPT: run ${context.quote(id)} is left out: ${context.quote(error.message)}`,
        )
        return undefined
      }
    }

    if (out === undefined || out === '-') {
      for await (const line of lines()) await context.printJsonText(line)
      return damaged ? 1 : 0
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
    return damaged ? 1 : 0
  },
})
