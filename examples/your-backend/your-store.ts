import { type ConsensusStore, type Env, intercept } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

/** Yours: a function from options to a store. To stay short, this one has its insides from another. */
export const yourStore = ({ env }: { env?: Env | undefined } = {}): ConsensusStore =>
  intercept(memoryStore({ env }), (_operation, call) => call())
