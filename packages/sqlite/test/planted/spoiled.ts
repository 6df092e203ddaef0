import type {
  Inspection,
  RebuildOptions,
  Rebuilt,
  Restoration,
  Verification,
  Workshop,
} from '@consensus-store/core'

type Core = typeof import('@consensus-store/core')

/** Where something can be wrong; what is not said is right. */
interface Faults {
  /** How verifying and rebuilding look at what there is. */
  readonly look?: (right: Inspection) => Partial<Inspection>
  /** What rebuilding writes. */
  readonly plan?: (right: Restoration, inside: Inspection) => Promise<Restoration>
  /** What verifying says. */
  readonly say?: (right: Verification) => Verification
  readonly rebuild?: (
    right: (options: RebuildOptions | undefined) => Promise<Rebuilt>,
    workshop: Workshop,
    options: RebuildOptions | undefined,
    runId: string | undefined,
  ) => Promise<Rebuilt>
}

/** Core, in which verifying and rebuilding have faults. */
export function spoiled(core: Core, { look = () => ({}), plan, say, rebuild }: Faults): Core {
  const looking = (right: Inspection): Inspection => ({ ...right, ...look(right) })
  const working = ({ inspection, restore, removeStray }: Workshop): Workshop => ({
    inspection: looking(inspection),
    restore: (runId, rightPlan) =>
      restore(runId, async (inside) => {
        const restoration = await rightPlan(looking(inside))
        return restoration && plan ? plan(restoration, inside) : restoration
      }),
    removeStray,
  })
  return {
    ...core,
    async verifyRuns(inspection, ...args) {
      const verification = await core.verifyRuns(looking(inspection), ...args)
      return say ? say(verification) : verification
    },
    async rebuildRuns(workshop, runId, options) {
      const right = (options: RebuildOptions | undefined) =>
        core.rebuildRuns(working(workshop), runId, options)
      return rebuild ? rebuild(right, workshop, options, runId) : right(options)
    },
  }
}

/** Verifying that does not mention some differences. */
export const without =
  (silent: (difference: Verification['differences'][number]) => boolean) =>
  (verification: Verification): Verification => ({
    ...verification,
    differences: verification.differences.filter((difference) => !silent(difference)),
  })

export const nothingUntold = {
  run: false,
  executions: [],
  artifacts: [],
  syntheses: [],
  bodies: [],
  snapshots: [],
}
