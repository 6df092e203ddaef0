import { literal } from './literal.ts'

/** The innermost member in which a value first differs from another, with what is there. */
export function firstDifference(
  value: unknown,
  other: unknown,
  path = 'outcome',
): { readonly path: string; readonly value: unknown } | undefined {
  if (literal(value) === literal(other)) return undefined
  const members = membersOf(value)
  const others = membersOf(other)
  if (members && others && Object.keys(members).join() === Object.keys(others).join()) {
    for (const [key, member] of Object.entries(members)) {
      const within = firstDifference(member, others[key], `${path}.${key}`)
      if (within) return within
    }
  }
  return { path, value }
}

/** Not those of a date, which says more as a whole. */
const membersOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !(value instanceof Date)
    ? ({ ...value } as Readonly<Record<string, unknown>>)
    : undefined
