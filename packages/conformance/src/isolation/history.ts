/**
 * What transactions did to lists that can only be appended to, as seen from outside. Appended values are unique, so a read
 * tells which appends came before it, and in which order.
 */
export interface History {
  readonly transactions: readonly Transaction[]
  /** Every list when all was over, by key. */
  readonly final: Readonly<Record<string, readonly string[]>>
}

export interface Transaction {
  readonly id: string
  readonly operations: readonly Operation[]
  /** `unknown` when it was never learned whether it was committed. */
  readonly outcome: 'committed' | 'aborted' | 'unknown'
  /** Instants of one clock that never goes back, in milliseconds. */
  readonly began: number
  readonly ended: number
}

export type Operation =
  | { readonly append: string; readonly key: string }
  | { readonly read: readonly string[]; readonly key: string }

/** A transaction in one line. */
export const inWords = ({ id, operations, outcome }: Transaction): string =>
  `${id} (${outcome}): ${operations
    .map((operation) =>
      'read' in operation
        ? `read ${operation.key} as [${lastOf(operation.read).join(', ')}]`
        : `append ${operation.append} to ${operation.key}`,
    )
    .join('; ')}`

/** Lists agree but for their ends, so the end is what tells them apart. */
const lastOf = (values: readonly string[]) => (values.length > 6 ? ['…', ...values.slice(-5)] : values)
