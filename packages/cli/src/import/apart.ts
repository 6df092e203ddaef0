/** Runs settled at once, and so writes that travel together. */
const RUNS_TOGETHER = 32

/** Items in their order, in groups of which no two name the same thing: of those the first has to be settled first. */
export function* apart<T>(
  items: Iterable<T>,
  namesOf: (item: T) => readonly string[],
): Generator<readonly T[]> {
  let group: T[] = []
  let named = new Set<string>()
  for (const item of items) {
    const names = namesOf(item)
    if (group.length === RUNS_TOGETHER || names.some((name) => named.has(name))) {
      yield group
      group = []
      named = new Set()
    }
    group.push(item)
    for (const name of names) named.add(name)
  }
  if (group.length > 0) yield group
}
