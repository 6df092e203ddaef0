/** A value as TypeScript that makes it again: what tells two values apart is seen, -0 and the order of keys included. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Date)
    return `new Date(${Number.isNaN(value.getTime()) ? 'NaN' : quotedInstant(value)})`
  if (value instanceof Map) return `new Map(${literal([...value])})`
  if (Array.isArray(value)) return `[${Array.from(value, literal).join(', ')}]`
  const members = Object.entries(value).map(([key, member]) => `${keyOf(key)}: ${literal(member)}`)
  return members.length > 0 ? `{ ${members.join(', ')} }` : '{}'
}

const quotedInstant = (date: Date) => JSON.stringify(date.toISOString())

/** Written plainly, `__proto__` would set the prototype instead of a member. */
const keyOf = (key: string) =>
  key === '__proto__' ? '["__proto__"]' : /^[a-z_$][\w$]*$/i.test(key) ? key : JSON.stringify(key)
