import type { Graph } from './cycle.ts'
import type { History, Transaction } from './history.ts'

/**
 * Why one transaction must come before another: it wrote what the other wrote next (ww), it wrote what the other read last
 * (wr), or it did not see what the other wrote next (rw, an anti-dependency).
 */
export interface Dependency {
  readonly kind: 'ww' | 'wr' | 'rw'
  readonly because: string
}

/** What the transactions that count depend on, given the order of each list's values, after Adya. */
export function dependencies(
  transactions: readonly Transaction[],
  final: History['final'],
): Graph<Dependency> {
  const graph = new Map<string, Map<string, Dependency>>()
  const add = (from: string | undefined, to: string | undefined, dependency: Dependency) => {
    if (from === undefined || to === undefined || from === to) return
    const targets = graph.get(from) ?? new Map<string, Dependency>()
    // A cycle of writes says more than one that needs reads, so what is known already stays.
    if (!targets.has(to)) targets.set(to, dependency)
    graph.set(from, targets)
  }
  const writer = new Map<string, string>()
  for (const { id, operations } of transactions) {
    for (const operation of operations) if ('append' in operation) writer.set(operation.append, id)
  }

  for (const [key, values] of Object.entries(final)) {
    for (const [i, value] of values.entries()) {
      const next = values[i + 1]
      if (next === undefined) continue
      add(writer.get(value), writer.get(next), {
        kind: 'ww',
        because: `appended ${value} to ${key} just before ${next}`,
      })
    }
  }
  for (const { id, operations } of transactions) {
    for (const operation of operations) {
      if (!('read' in operation)) continue
      const { key, read } = operation
      const last = read.at(-1)
      const next = final[key]?.[read.length]
      if (last !== undefined) {
        add(writer.get(last), id, { kind: 'wr', because: `appended ${last} to ${key}, which was read` })
      }
      if (next !== undefined) {
        add(id, writer.get(next), { kind: 'rw', because: `read ${key} without ${next}, which came next` })
      }
    }
  }
  return graph
}
