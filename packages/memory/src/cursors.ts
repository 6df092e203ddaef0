import {
  advances,
  type Cursors,
  compareText,
  cursorName,
  cursorPosition,
  cursorQuery,
  now,
} from '@consensus-store/core'
import type { MemoryContext } from './context.ts'

export function cursors({ env, read, write }: MemoryContext): Cursors {
  return {
    async save(follower, at) {
      const [name, position, savedAt] = [cursorName(follower), cursorPosition(at), now(env)]
      return write((state) => {
        if (advances(state.cursors.get(name), position)) state.cursors.set(name, { name, position, savedAt })
        return state.cursors.get(name)!.position
      })
    },

    async load(name) {
      return read().cursors.get(cursorName(name))?.position
    },

    async list(query) {
      const { after, limit } = cursorQuery(query)
      return [...read().cursors.values()]
        .filter(({ name }) => compareText(name, after) > 0)
        .sort((a, b) => compareText(a.name, b.name))
        .slice(0, limit)
    },

    async delete(follower) {
      const name = cursorName(follower)
      return write(({ cursors }) => {
        const position = cursors.get(name)?.position
        cursors.delete(name)
        return position
      })
    },
  }
}
