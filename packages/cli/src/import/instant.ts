import { invalid } from '@consensus-store/core'

const written = /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/i

/** The first millisecond count; a smaller number is of seconds. It is March 1973 as one, and the year 5138 as the other. */
const FIRST_MS = 1e11

/** Milliseconds since 1970 of a time as text or number. Without a zone it is UTC. INVALID when it is no time. */
export function instantOf(value: unknown, column: string): number {
  const ms = typeof value === 'number' ? fromNumber(value) : fromText(value)
  if (ms === undefined) throw invalid(column, `must be a time, not ${JSON.stringify(value) ?? 'missing'}`)
  return ms
}

/** The second a time falls in: what sources agree on when they tell of the same moment. */
export const secondOf = (ms: number): number => Math.floor(ms / 1000)

function fromNumber(value: number): number | undefined {
  const ms = Math.trunc(Math.abs(value) < FIRST_MS ? value * 1000 : value)
  return Number.isNaN(new Date(ms).getTime()) ? undefined : ms
}

function fromText(value: unknown): number | undefined {
  const parts = typeof value === 'string' ? written.exec(value) : null
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone = 'Z'] = parts
  const date = `${year}-${month}-${day}`
  const midnight = Date.parse(`${date}T00:00:00Z`)
  // A day that its month does not have would be taken for one of the next month.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) return undefined
  const colon = zone.replace(/(\d\d)(\d\d)$/, '$1:$2').toUpperCase()
  const ms = Date.parse(`${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${colon}`)
  return Number.isNaN(ms) ? undefined : ms
}
