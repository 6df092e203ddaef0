import { findCycle } from './cycle.ts'
import { type Dependency, dependencies } from './dependencies.ts'
import { type History, inWords, type Transaction } from './history.ts'

/** One way in which a history cannot have come from transactions done one after the other. */
export interface Anomaly {
  readonly name: string
  /** What shows it, for people. */
  readonly shown: string
}

/**
 * What is wrong with a history, worst first; nothing when some serial order explains it. Of cycles, only one of the shortest
 * is told. The way is that of Elle (Kingsbury and Alvaro, 2020) for lists that are appended to.
 */
export function checkHistory(history: History): readonly Anomaly[] {
  const { transactions, final } = history
  const writers = new Map(
    transactions.flatMap((it) => appendsOf(it).map(({ append }) => [append, it] as const)),
  )
  const kept = new Set(Object.values(final).flat())
  const committed = transactions.filter((transaction) => isCommitted(transaction, kept))
  const wrong = [
    ...checkLists(final, committed, writers),
    ...committed.flatMap((it) => checkReads(it, final, writers)),
  ]
  // Dependencies follow from the order of the lists; where that is broken they mean nothing.
  return wrong.length > 0 ? wrong : [...cycles(committed, final), ...staleReads(committed, final, writers)]
}

/** By what they appended. */
type Writers = ReadonlyMap<string, Transaction>

/** One whose end was never learned is committed when others can see what it wrote. */
const isCommitted = ({ outcome, operations }: Transaction, kept: ReadonlySet<string>) =>
  outcome === 'committed' ||
  (outcome === 'unknown' &&
    operations.some((operation) => 'append' in operation && kept.has(operation.append)))

function checkLists(final: History['final'], committed: readonly Transaction[], writers: Writers): Anomaly[] {
  const anomalies: Anomaly[] = []
  for (const [key, values] of Object.entries(final)) {
    const seen = new Set<string>()
    for (const value of values) {
      const writer = writers.get(value)
      if (seen.has(value)) anomalies.push({ name: 'appended twice', shown: `${value} is in ${key} twice` })
      if (!writer) anomalies.push({ name: 'from nowhere', shown: `${value} in ${key} was never appended` })
      if (writer?.outcome === 'aborted') {
        anomalies.push({
          name: 'aborted write kept (G1a)',
          shown: `${value} is in ${key}\n${inWords(writer)}`,
        })
      }
      seen.add(value)
    }
  }
  for (const transaction of committed) {
    for (const { key, append } of appendsOf(transaction)) {
      if (final[key]?.includes(append)) continue
      anomalies.push({ name: 'lost append', shown: `${append} is not in ${key}\n${inWords(transaction)}` })
    }
  }
  return anomalies
}

/** Every read must be a beginning of the list, own appends included, that ends where some transaction ended. */
function checkReads(transaction: Transaction, final: History['final'], writers: Writers): Anomaly[] {
  const anomalies: Anomaly[] = []
  const shown = (what: string) => `${what}\n${inWords(transaction)}`
  const own = new Map<string, string[]>()
  const before = new Map<string, readonly string[]>()
  for (const operation of transaction.operations) {
    const { key } = operation
    if ('append' in operation) {
      own.set(key, [...(own.get(key) ?? []), operation.append])
      continue
    }
    const { read } = operation
    const appended = own.get(key) ?? []
    const list = final[key] ?? []
    const others = read.slice(0, read.length - appended.length)
    if (read.slice(others.length).join() !== appended.join()) {
      anomalies.push({
        name: 'own write not seen',
        shown: shown(`${key} must end in ${appended.join(', ')}`),
      })
    } else if (!read.every((value, i) => value === list[i])) {
      anomalies.push(misread(read, key, list, writers, shown))
    } else if (before.has(key) && before.get(key)!.join() !== others.join()) {
      anomalies.push({ name: 'unrepeatable read', shown: shown(`${key} changed while it was read`) })
    } else {
      const half = halfSeen(others, key, writers)
      if (half) anomalies.push({ name: 'intermediate read (G1b)', shown: shown(inWords(half)) })
    }
    before.set(key, others)
  }
  return anomalies
}

function misread(
  read: readonly string[],
  key: string,
  list: readonly string[],
  writers: Writers,
  shown: (what: string) => string,
): Anomaly {
  const strange = read.find((value) => !list.includes(value))
  const writer = strange === undefined ? undefined : writers.get(strange)
  if (writer && writer.outcome !== 'committed') {
    return { name: 'aborted read (G1a)', shown: shown(`${strange} was undone\n${inWords(writer)}`) }
  }
  const beginning = list.slice(0, read.length + 1).join(', ')
  return { name: 'incompatible order', shown: shown(`${key} begins with [${beginning}] in the end`) }
}

/** The transaction of which a read shows some appends to a list, but not the last one. */
function halfSeen(others: readonly string[], key: string, writers: Writers): Transaction | undefined {
  const last = others.at(-1)
  const writer = last === undefined ? undefined : writers.get(last)
  const appended = writer && appendsOf(writer).filter((it) => it.key === key)
  return appended?.at(-1)?.append === last ? undefined : writer
}

function cycles(committed: readonly Transaction[], final: History['final']): Anomaly[] {
  const graph = dependencies(committed, final)
  const cycle = findCycle(graph)
  if (!cycle) return []
  const steps = cycle.map((id, i) => {
    const next = cycle[(i + 1) % cycle.length]!
    return { id, next, ...graph.get(id)!.get(next)! }
  })
  const words = committed.filter(({ id }) => cycle.includes(id)).map(inWords)
  const why = steps.map(({ id, next, kind, because }) => `${id} before ${next} (${kind}): ${id} ${because}`)
  return [{ name: nameOf(steps), shown: [...words, ...why].join('\n') }]
}

function nameOf(steps: readonly Dependency[]): string {
  const antiDependencies = steps.filter(({ kind }) => kind === 'rw').length
  if (steps.every(({ kind }) => kind === 'ww')) return 'cycle of writes (G0)'
  if (antiDependencies === 0) return 'cycle of information (G1c)'
  return antiDependencies === 1
    ? 'cycle with one anti-dependency (G-single)'
    : 'cycle of anti-dependencies (G2)'
}

/**
 * What was acknowledged is seen by whoever begins to read after that. More of real time is not promised: through a third
 * transaction, one that began later may still come first.
 */
function staleReads(committed: readonly Transaction[], final: History['final'], writers: Writers): Anomaly[] {
  return committed.flatMap((reader) =>
    reader.operations.flatMap((operation) => {
      if (!('read' in operation)) return []
      const early = (final[operation.key] ?? [])
        .slice(operation.read.length)
        .map((value) => writers.get(value))
        .find((writer) => writer?.outcome === 'committed' && writer.ended < reader.began)
      if (!early) return []
      const shown = `${inWords(reader)}\nbegan after this had ended: ${inWords(early)}`
      return [{ name: 'stale read', shown }]
    }),
  )
}

const appendsOf = ({ operations }: Transaction) =>
  operations.flatMap((operation) => ('append' in operation ? [operation] : []))
