import {
  type Chores,
  choreOf,
  compareText,
  finishChore,
  isFinishedSo,
  isHeld,
  lease,
} from '@consensus-store/core'
import type { MemoryContext } from './context.ts'

export function chores({ env, read, write }: MemoryContext): Chores {
  return {
    async take(chore, by, forMs) {
      const wanted = lease(chore, by, forMs, env)
      const { name, holder, until } = wanted
      return write(({ chores }) => {
        const kept = chores.get(name)
        if (kept && kept.holder !== holder && isHeld(kept, wanted)) return false
        chores.set(name, { name, holder, heldUntil: until, outcome: kept?.outcome })
        return true
      })
    },

    async finish(chore, by, outcome) {
      const finish = finishChore(chore, by, outcome)
      const { name, holder } = finish
      return write(({ chores }) => {
        const kept = chores.get(name)
        if (kept?.holder !== holder || !kept.heldUntil) return isFinishedSo(kept, finish)
        chores.set(name, { name, holder, heldUntil: undefined, outcome: finish.outcome })
        return true
      })
    },

    async list() {
      return [...read().chores.values()]
        .sort((a, b) => compareText(a.name, b.name))
        .map((kept) => choreOf(kept, env))
    },
  }
}
