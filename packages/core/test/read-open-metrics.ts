export interface Family {
  readonly type: string
  readonly unit: string | undefined
  readonly help: string
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const ESCAPED = '(?:[^"\\\\\\n]|\\\\["\\\\n])*'
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="${ESCAPED}"`
const NUMBER = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?'

const descriptor = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (${ESCAPED})$`)
const sample = new RegExp(`^(${NAME})(?:\\{((?:${LABEL}(?:,${LABEL})*)?)\\})? (${NUMBER})$`)

/** The metric families of an exposition in OpenMetrics 1.0 that has only gauges; throws at whatever that does not allow. */
export function readOpenMetrics(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n# EOF\n')) throw new Error('The end is not said')
  const families = new Map<string, Family>()
  let current: { name: string; said: string[]; family: Family } | undefined
  for (const line of text.slice(0, -'# EOF\n'.length - 1).split('\n')) {
    const [, kind, name, rest] = descriptor.exec(line) ?? []
    if (kind !== undefined) current = described(families, current, kind, name!, rest!)
    else take(current, line)
  }
  return families
}

function described(
  families: Map<string, Family>,
  current: { name: string; said: string[]; family: Family } | undefined,
  kind: string,
  name: string,
  rest: string,
) {
  if (current?.name !== name) {
    if (families.has(name)) throw new Error(`${name} comes in two places`)
    if (kind !== 'TYPE') throw new Error(`${name} does not begin with its type`)
    if (rest !== 'gauge') throw new Error(`${name} is of no type that is known here: ${rest}`)
    // A name may end like a sample of another type as long as no family of that type is there; only `_info` has a reason to.
    if (/_(total|created|count|sum|bucket|gcount|gsum)$/.test(name)) throw new Error(`${name} is reserved`)
    const family: Family = { type: rest, unit: undefined, help: '', samples: [] }
    families.set(name, family)
    return { name, said: ['TYPE'], family }
  }
  if (current.said.includes(kind)) throw new Error(`${name} says its ${kind} twice`)
  if (current.family.samples.length > 0) throw new Error(`${name} says its ${kind} behind samples`)
  current.said.push(kind)
  if (kind === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`${name} does not end with its unit`)
  Object.assign(current.family, kind === 'UNIT' ? { unit: rest } : { help: unescaped(rest) })
  return current
}

function take(current: { readonly name: string; readonly family: Family } | undefined, line: string): void {
  const [, name, labels = '', value] = sample.exec(line) ?? []
  if (name === undefined) throw new Error(`This is no line of OpenMetrics: ${line}`)
  if (name !== current?.name) throw new Error(`${name} is not of the family ${current?.name}`)
  const read: [string, string][] = [
    ...labels.matchAll(new RegExp(`([a-zA-Z0-9_]+)="(${ESCAPED})"`, 'g')),
  ].map(([, label, text]) => [label!, unescaped(text!)])
  if (new Set(read.map(([label]) => label)).size < read.length) throw new Error(`${line} has a label twice`)
  const known = JSON.stringify(read)
  const { samples } = current!.family
  if (samples.some((other) => JSON.stringify(Object.entries(other.labels)) === known)) {
    throw new Error(`${line} is there twice`)
  }
  samples.push({ labels: Object.fromEntries(read), value: Number(value) })
}

const unescaped = (text: string) =>
  text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
