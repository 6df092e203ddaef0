import type { Route } from '@consensus-store/core'

/** One life of an agent id, from its spawn to the deletion of its run. Instants are in milliseconds, on the clock all processes of a machine share. */
export interface Life {
  readonly agentId: string
  readonly facts: string
  /** The process that spawned it, which is the one that deletes it. */
  readonly by: string
  /** When it was asked for, and when that was acknowledged. */
  readonly spawning: number
  readonly spawned: number
  /** When its deletion was asked for, and when that was acknowledged. */
  readonly deleting: number
  readonly deleted: number
}

/** What one process was told when it looked for an agent. */
export interface Find {
  readonly agentId: string
  readonly by: string
  readonly began: number
  readonly ended: number
  /** `null` if there was no route. */
  readonly facts: string | null
}

/** What was done and seen; plain, so that it can travel between processes. */
export interface Observations {
  readonly lives: readonly Life[]
  readonly finds: readonly Find[]
}

/** All that a route says, as one text: two routes say the same exactly if their texts are the same. */
export const factsOf = (route: Route): string =>
  JSON.stringify(
    Object.entries(route)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

/** The clock of the machine, which all its processes share. */
export const instant = (): number => Number(process.hrtime.bigint()) / 1e6
