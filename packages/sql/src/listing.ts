import type { PageRequest, Position } from '@consensus-store/core'

/** The arguments every list takes beside its filters: one row more than asked for, to know whether there are more. */
export const pageArguments = ({ limit, after }: PageRequest): PageArguments => ({
  rows: limit + 1,
  afterAt: after?.at,
  afterId: after?.id,
})

export interface PageArguments {
  rows: number
  /** Where the page before ended. */
  afterAt: Position['at'] | undefined
  afterId: Position['id'] | undefined
}
