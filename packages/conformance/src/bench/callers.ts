/** How many callers a trial has, in its title. */
export const callers = (count: number): string => (count === 1 ? 'one caller' : `${count} callers`)

/** So many callers at once, each awaiting its own. */
export const together = (call: () => unknown, count: number): (() => unknown) =>
  count === 1 ? call : () => Promise.all(Array.from({ length: count }, call))
