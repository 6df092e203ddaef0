import { StoreError } from '@consensus-store/core'
import type { Kind, Place, Refused, Unit } from './unit.ts'

/** What `make` makes, or its refusal when what the row says cannot be kept. */
export function unitOrRefusal(kind: Kind, place: Place, make: () => Unit): Unit | Refused {
  try {
    return make()
  } catch (error) {
    return refusal(kind, place, error)
  }
}

/** The refusal that an error about the input comes to. Any other error is thrown on. */
export function refusal(kind: Kind, place: Place, error: unknown): Refused {
  if (error instanceof StoreError && (error.code === 'INVALID' || error.code === 'CONFLICT')) {
    return { kind, place, reason: error.message }
  }
  throw error
}
