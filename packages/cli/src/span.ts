const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** A span of time in its two largest units, as in `2h 5m`; less than a second in milliseconds, and -1s when a clock went back. */
export function span(ms: number): string {
  if (ms < 0) return `-${span(-ms)}`
  if (ms > 0 && ms < 1_000) return `${Math.floor(ms)}ms`
  const largest = units.findIndex(([, unitMs]) => ms >= unitMs)
  if (largest < 0) return '0s'
  let left = ms
  const parts = units.map(([unit, unitMs]) => {
    const amount = Math.floor(left / unitMs)
    left -= amount * unitMs
    return { amount, unit }
  })
  return parts
    .slice(largest, largest + 2)
    .filter(({ amount }) => amount > 0)
    .map(({ amount, unit }) => `${amount}${unit}`)
    .join(' ')
}
