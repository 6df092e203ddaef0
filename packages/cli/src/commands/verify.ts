import {
  type ConsensusStore,
  type Difference,
  runIds,
  StoreError,
  type Verification,
} from '@consensus-store/core'
import { command } from '../command.ts'
import { counted } from '../counted.ts'
import { type Progress, progress } from '../progress.ts'
import type { Column } from '../table.ts'

export const verify = command({
  summary: 'Fold the logs and compare them with the rows and bodies',
  details: 'Exits with 1 and lists what differs, if anything does.',
  args: ['[run]'],
  options: {},

  async run(context, [runId]) {
    const store = await context.open()
    const shown = progress(context.io.stderr, 'Verifying runs')
    const found = await (runId === undefined ? verifyAll(store, shown) : store.verify(runId))
    const { runs, events, differences } = found

    if (context.json) await context.printJson(found)
    else {
      await context.printTable(columns, [differences])
      const outcome = differences.length === 0 ? 'nothing differs' : counted(differences.length, 'difference')
      await context.print(`${counted(runs, 'run')}, ${counted(events, 'event')}: ${outcome}.`)
    }
    return differences.length === 0 ? 0 : 1
  },
})

/** Run by run, which is what a store does by itself, so that a terminal can be told how far it is. */
async function verifyAll(store: ConsensusStore, shown: Progress): Promise<Verification> {
  const found = { runs: 0, events: 0, differences: [] as Difference[] }
  try {
    for await (const id of runIds(store)) {
      const verified = await verifyIfThere(store, id)
      if (!verified) continue
      found.runs += verified.runs
      found.events += verified.events
      found.differences.push(...verified.differences)
      shown.step()
    }
    return found
  } finally {
    shown.done()
  }
}

/** `undefined` for a run that was deleted since its id was listed. */
const verifyIfThere = (store: ConsensusStore, id: string): Promise<Verification | undefined> =>
  store.verify(id).catch((error: unknown) => {
    if (error instanceof StoreError && error.code === 'NOT_FOUND') return undefined
    throw error
  })

const columns: readonly Column<Difference>[] = [
  { title: 'run', value: (difference) => difference.runId, narrow: 'keep' },
  { title: 'what', value: (difference) => difference.subject },
  { title: 'differs', value: (difference) => difference.message },
]
