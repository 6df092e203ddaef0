import { encodeJson, invalid, type Json } from '@consensus-store/core'

/** The value of a JSON text. INVALID when it is not JSON, or when reading it would lose a digit or a member. */
export function exactJson(text: string, argument: string): Json {
  const value = parsed(text, argument)
  const number = changedNumber(text)
  if (number !== undefined) throw invalid(argument, `holds ${number}, a number that would be changed`)
  if (membersWritten(text) !== membersIn(value)) {
    throw invalid(argument, 'names a member of one object twice')
  }
  return value
}

/** What a text is kept as: the JSON it is, exactly, or else the string. */
export function jsonOrText(text: string): Json {
  try {
    const value = exactJson(text, 'content')
    // A store keeps no JSON of any depth, but it keeps any text.
    encodeJson(value, 'content')
    return value
  } catch {
    return text
  }
}

function parsed(text: string, argument: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(argument, `is not JSON: ${(error as Error).message}`)
  }
}

/** Fewer digits than these, and no exponent, are held exactly. */
const suspicious = /[\d.]{16,}|\d[eE][+-]?\d/

function changedNumber(text: string): string | undefined {
  if (!suspicious.test(text)) return undefined
  let changed: string | undefined
  JSON.parse(text, (_key, value, { source }: { source?: string } = {}) => {
    if (typeof value === 'number' && source !== undefined && digits(source) !== digits(String(value))) {
      changed ??= source
    }
    return value
  })
  return changed
}

/** A decimal as its significant digits and the power of ten they stand at. */
function digits(decimal: string): string {
  const [, whole = '', fraction = '', exponent = '0'] =
    /(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?/.exec(decimal) ?? []
  const all = (whole + fraction).replace(/^0+/, '')
  const significant = all.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${significant}e${Number(exponent) - fraction.length + all.length - significant.length}`
}

/** Outside of strings, a colon stands after every member's name and nowhere else. */
function membersWritten(text: string): number {
  let count = 0
  let from = 0
  while (from < text.length) {
    const quote = text.indexOf('"', from)
    const outside = text.slice(from, quote < 0 ? text.length : quote)
    for (let i = outside.indexOf(':'); i >= 0; i = outside.indexOf(':', i + 1)) count += 1
    if (quote < 0) break
    from = endOfString(text, quote + 1)
  }
  return count
}

/** Looks from quote to quote: an expression for a whole string runs out of stack on a long one. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0
    while (text[quote - 1 - escapes] === '\\') escapes += 1
    if (escapes % 2 === 0) return quote + 1
  }
  return text.length
}

function membersIn(value: Json): number {
  let count = 0
  const left: Json[] = [value]
  while (left.length > 0) {
    const next = left.pop()!
    if (typeof next !== 'object' || next === null) continue
    const values = Object.values(next)
    if (!Array.isArray(next)) count += values.length
    // Not spread into one call: an array may have more items than a call has arguments.
    for (const member of values) left.push(member)
  }
  return count
}
