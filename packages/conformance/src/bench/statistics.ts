export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The interquartile range: how far apart the middle half of the values lies. */
export const spread = (values: readonly number[]): number => quantile(values, 0.75) - quantile(values, 0.25)

/** The value below which `share` of the values lie, between two of them if need be. NaN when there are none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
