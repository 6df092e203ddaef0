import fc from 'fast-check'
import { withValueAt } from '../methods.ts'
import { lists, reads, writes } from './calls.ts'
import { wrongValues } from './pools.ts'
import type { Call } from './step.ts'

/** Calls that are right but for one argument, or one member of one. */
export const wrongCalls: fc.Arbitrary<Call> = fc
  .tuple(fc.oneof(writes, reads, lists), fc.nat(), wrongValues)
  .map(([{ method, args }, choice, value]) => {
    const paths = pathsIn(args)
    return { method, args: withValueAt(args, paths[choice % paths.length]!, value) as readonly unknown[] }
  })

/** Where an argument could be wrong: each of them, each of their members, and a first argument where there is none. */
const pathsIn = (args: readonly unknown[]): (string | number)[][] => [
  ...(args.length === 0 ? [[0]] : []),
  ...args.flatMap((arg, i) => [
    [i],
    ...(isPlainObject(arg) ? ['limit', 'cursor', ...Object.keys(arg)].map((member) => [i, member]) : []),
  ]),
]

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
