import type {
  Depot,
  Inspection,
  KeptArchive,
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
  /** What archiving reads and writes. */
  readonly depot?: (right: Depot) => Partial<Depot>
  /** What is taken for an archive. */
  readonly archive?: (right: KeptArchive) => KeptArchive
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
export function spoiled(
  core: Core,
  { look = () => ({}), depot = () => ({}), archive = (right) => right, plan, say, rebuild }: Faults,
): Core {
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
  const storing = (right: Depot): Depot => ({
    ...right,
    async kept(runId) {
      const kept = await right.kept(runId)
      return kept?.archive ? { ...kept, archive: archive(kept.archive) } : kept
    },
    ...depot(right),
  })
  return {
    ...core,
    archivesIn: (right, env) => core.archivesIn(storing(right), env),
    unpackBundle: (right) => core.unpackBundle(archive(right)),
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
