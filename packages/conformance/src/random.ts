/** A generator of the same numbers from 0 to 1 for the same seed (mulberry32), so that what fails can be repeated. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const oneOf = <T>(items: readonly T[], next: () => number): T =>
  items[Math.floor(next() * items.length)]!
