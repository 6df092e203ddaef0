import { checkSnapshot, name, optionalName, type Snapshots, snapshotQuery } from '@consensus-store/core'
import type { MemoryContext } from './context.ts'
import type { State } from './state.ts'

export function snapshots({ read, write }: MemoryContext): Snapshots {
  return {
    async save(input) {
      const snapshot = checkSnapshot(input)
      const { runId, sequence, position } = snapshot
      return write((state) => {
        if (state.logs.get(runId)?.[sequence - 1]?.position !== position) return false
        forget(state, runId, [sequence])
        const kept = [...(state.snapshots.get(runId) ?? []), snapshot]
        state.snapshots.set(
          runId,
          kept.sort((a, b) => a.sequence - b.sequence),
        )
        return true
      })
    },

    async latest(runId, query) {
      const id = name(runId, 'runId')
      const to = snapshotQuery(query)
      return read()
        .snapshots.get(id)
        ?.findLast(({ sequence, latestAt }) => ('at' in to ? latestAt <= to.at : sequence <= to.sequence))
    },

    async delete(runId) {
      const id = optionalName(runId, 'runId')
      return write(({ snapshots }) => {
        const gone = id === undefined ? [...snapshots.values()].flat() : (snapshots.get(id) ?? [])
        if (id === undefined) snapshots.clear()
        else snapshots.delete(id)
        return gone.length
      })
    },
  }
}

/** Forgets the snapshots of a run at some sequences. */
export function forget({ snapshots }: State, runId: string, sequences: readonly number[]): void {
  const kept = snapshots.get(runId)
  if (kept)
    snapshots.set(
      runId,
      kept.filter(({ sequence }) => !sequences.includes(sequence)),
    )
}
