export interface TextFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

/**
 * Reads the text format 0.0.4 of Prometheus as its documentation and the parser of node exporter have it: of what begins with `#`
 * only HELP and TYPE mean anything, a type is one of five, and a sample has the name of its family. Throws for anything else.
 */
export function readPrometheusText(text: string): readonly TextFamily[] {
  if (!text.endsWith('\n')) throw new Error('The last line does not end')
  const families = new Map<string, { -readonly [K in keyof TextFamily]?: TextFamily[K] }>()
  const familyOf = (name: string) => {
    const known = families.get(name) ?? { name }
    families.set(name, known)
    return known
  }
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest = ''] =
      /^#[ \t]+(HELP|TYPE)[ \t]+([a-zA-Z_:][\w:]*)[ \t]*(.*)$/.exec(line) ?? []
    if (keyword) describe(familyOf(name), keyword, rest)
    else if (line !== '' && !line.startsWith('#')) {
      const { name, ...sample } = sampleIn(line)
      const family = familyOf(name)
      family.samples = [...(family.samples ?? []), sample]
    }
  }
  return [...families.values()].map(({ name = '', type = 'untyped', help = '', samples = [] }) => ({
    name,
    type,
    help,
    samples,
  }))
}

const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

function describe(
  family: { type?: string; help?: string; samples?: unknown[] },
  keyword: string,
  rest: string,
) {
  if (keyword === 'HELP') {
    if (family.help !== undefined) throw new Error(`A second HELP: ${rest}`)
    family.help = unescaped(rest, /\\[\\n]/g)
    return
  }
  if (!TYPES.includes(rest)) throw new Error(`There is no type ${rest}`)
  if (family.type !== undefined) throw new Error(`A second TYPE: ${rest}`)
  if (family.samples) throw new Error('TYPE comes after samples')
  family.type = rest
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)$/
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/

function sampleIn(line: string) {
  const [, name, inBraces = '', value] = SAMPLE.exec(line) ?? []
  if (!name || !value || Number.isNaN(Number(value))) throw new Error(`Not a sample: ${line}`)
  const labels: Record<string, string> = {}
  for (let left = inBraces; left !== ''; ) {
    const [whole, label, text] = LABEL.exec(left) ?? []
    if (whole === undefined || label === undefined || text === undefined)
      throw new Error(`Not labels: ${left}`)
    labels[label] = unescaped(text, /\\[\\n"]/g)
    left = left.slice(whole.length)
  }
  return { name, labels, value: Number(value) }
}

/** Which escapes there are is another thing in help than in labels; any other is an error. */
function unescaped(text: string, escapes: RegExp): string {
  if (text.replace(escapes, '').includes('\\')) throw new Error(`An escape nobody knows: ${text}`)
  return text.replace(escapes, (escaped) => (escaped === '\\n' ? '\n' : escaped.slice(1)))
}
