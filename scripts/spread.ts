/** The value that so large a share of them does not exceed, to one decimal. */
export function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1)
}

/** Half of the values, 99 % of them, all of them are within these. */
export const spread = (values: readonly number[]): string =>
  [0.5, 0.99, 1].map((share) => at(values, share)).join(' / ')

export const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
