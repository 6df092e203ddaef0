/** A date as Postgres reads it. ISO 8601 puts a sign before years beyond 9999, and counts years before 1 differently. */
export function encodeInstant(date: Date): string {
  const year = date.getUTCFullYear()
  const rest = date.toISOString().replace(/^[+-]?\d+/, '')
  if (year > 0) return String(year).padStart(4, '0') + rest
  return `${String(1 - year).padStart(4, '0') + rest} BC`
}
