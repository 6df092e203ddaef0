const written =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?$/i

/**
 * The instant a text names in ISO 8601, also with a space before the time, as the command prints it; of UTC unless it says
 * otherwise, and midnight when it is a day alone. Cut to milliseconds. `undefined` when it names none.
 */
export function instantIn(text: string): Date | undefined {
  const parts = written.exec(text)
  if (!parts) return undefined
  const [, day = '', time = '00:00', second = '00', fraction = '', zone = 'Z'] = parts
  const midnight = new Date(`${day}T00:00:00Z`)
  // A day that its month does not have would be taken for one of the next month.
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.replace(':', '').padEnd(5, '0')}`
  const colon = offset.replace(/(\d\d)(\d\d)$/, '$1:$2')
  const at = new Date(`${day}T${time}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${colon}`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
