import { checkSnapshot, name, optionalName, type Snapshots, snapshotQuery } from '@consensus-store/core'
import type { MemoryContext } from './context.ts'

export function snapshots({ read, write }: MemoryContext): Snapshots {
  return {
    async save(input) {
      const snapshot = checkSnapshot(input)
      const { runId, sequence, position } = snapshot
      return write(({ logs, snapshots }) => {
        if (logs.get(runId)?.[sequence - 1]?.position !== position) return false
        const others = (snapshots.get(runId) ?? []).filter((other) => other.sequence !== sequence)
        snapshots.set(
          runId,
          [...others, snapshot].sort((a, b) => a.sequence - b.sequence),
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
