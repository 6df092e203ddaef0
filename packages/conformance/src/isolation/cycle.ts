/** Which node leads to which, and why. */
export type Graph<Why> = ReadonlyMap<string, ReadonlyMap<string, Why>>

/** One of the shortest cycles through some node, as nodes in order; `undefined` when there is none. */
export function findCycle(graph: Graph<unknown>): readonly string[] | undefined {
  const component = cyclicComponent(graph)
  if (!component) return undefined
  let shortest: readonly string[] | undefined
  for (const start of component) {
    const cycle = shortestCycleThrough(graph, start, component, shortest?.length ?? Number.POSITIVE_INFINITY)
    if (cycle) shortest = cycle
    if (shortest?.length === 2) break
  }
  return shortest
}

/** The nodes that remain when whatever nothing leads to, or leads nowhere, has been taken away again and again. */
function cyclicComponent(graph: Graph<unknown>): ReadonlySet<string> | undefined {
  const backwards = new Map<string, Set<string>>()
  for (const [from, targets] of graph) {
    for (const to of targets.keys()) backwards.set(to, (backwards.get(to) ?? new Set()).add(from))
  }
  const forwards = new Map([...graph].map(([from, targets]) => [from, new Set(targets.keys())]))
  const left = new Set([...forwards.keys(), ...backwards.keys()])
  for (const [leading, led] of [
    [forwards, backwards],
    [backwards, forwards],
  ] as const) {
    const ends = [...left].filter((node) => (leading.get(node)?.size ?? 0) === 0)
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
      left.delete(end)
      for (const before of led.get(end) ?? []) {
        const others = leading.get(before)
        if (others?.delete(end) && others.size === 0 && left.has(before)) ends.push(before)
      }
      led.delete(end)
    }
  }
  return left.size > 0 ? left : undefined
}

function shortestCycleThrough(
  graph: Graph<unknown>,
  start: string,
  within: ReadonlySet<string>,
  limit: number,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string>()
  let frontier = [start]
  for (let length = 1; length < limit && frontier.length > 0; length++) {
    const next: string[] = []
    for (const from of frontier) {
      for (const to of graph.get(from)?.keys() ?? []) {
        if (to === start) return pathTo(from, start, cameFrom)
        if (!within.has(to) || cameFrom.has(to)) continue
        cameFrom.set(to, from)
        next.push(to)
      }
    }
    frontier = next
  }
  return undefined
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [end]
  while (path[0] !== start) path.unshift(cameFrom.get(path[0]!)!)
  return path
}
