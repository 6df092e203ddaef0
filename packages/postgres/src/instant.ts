/** A date as Postgres reads it. ISO 8601 puts a sign before years beyond 9999, and counts years before 1 differently. */
export function encodeInstant(date: Date): string {
  const year = date.getUTCFullYear()
  const rest = date.toISOString().replace(/^[+-]?\d+/, '')
  if (year > 0) return String(year).padStart(4, '0') + rest
  return `${String(1 - year).padStart(4, '0') + rest} BC`
}

/** The date that Postgres wrote in its ISO style, whatever the session's time zone. */
export function decodeInstant(raw: string): Date {
  const [, year, month, day, hours, minutes, seconds, ms, sign, ...rest] = written.exec(raw)!
  const [offsetHours, offsetMinutes = 0, offsetSeconds = 0, bc] = rest
  const offset = Number(offsetHours) * 3_600 + Number(offsetMinutes) * 60 + Number(offsetSeconds)
  const fullYear = bc ? 1 - Number(year) : Number(year)
  // The calendar repeats itself every 400 years; `Date.UTC` has years below 100, and a last day, which is not ours.
  const cycles = Math.floor(fullYear / 400) - 5
  const local = Date.UTC(
    fullYear - cycles * 400,
    Number(month) - 1,
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
    Number((ms ?? '').padEnd(3, '0')),
  )
  return new Date(local + cycles * CYCLE_MS - (sign === '-' ? -offset : offset) * 1_000)
}

const CYCLE_MS = 146_097 * 86_400_000

const written =
  /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/
