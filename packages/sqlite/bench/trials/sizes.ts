/** Runs in the histories trials work on; each run has one execution. */
export interface Sizes {
  readonly small: number
  readonly usual: number
  readonly large: number
}

export const full: Sizes = { small: 10_000, usual: 100_000, large: 1_000_000 }
export const tiny: Sizes = { small: 1_000, usual: 1_000, large: 1_000 }

/** Each size once, smallest first. */
export const distinct = ({ small, usual, large }: Sizes): readonly number[] => [
  ...new Set([small, usual, large]),
]
