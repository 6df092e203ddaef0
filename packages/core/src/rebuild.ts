import { setImmediate as nextTurn } from 'node:timers/promises'
import { oneOf } from './argument.ts'
import { notFound } from './error.ts'
import { untoldBody } from './examine.ts'
import { type Inspection, keptRunIds, strayBodies } from './inspection.ts'
import { type Restoration, restorationOf } from './restoration.ts'
import { checkProgress, type Difference, type VerifyOptions, verifyRun } from './verify.ts'

/** `keep` names what no event tells of and leaves it where it is. */
export const UNTOLD = ['keep', 'remove'] as const

/** What to do about what no event tells of, and whom to tell of it. */
export interface RebuildOptions extends VerifyOptions {
  /**
   * What becomes of rows and bodies that no event tells of, of what rows say beyond the end of their log, and of what they
   * say otherwise than a log that is not what was sealed: it may be all that is left of the truth. By default `keep`.
   */
  readonly untold?: (typeof UNTOLD)[number] | undefined
}

/** What rebuilding came to. */
export interface Rebuilt {
  /** Runs that were looked at. */
  readonly runs: number
  /** Runs of which rows were written or removed. */
  readonly repaired: readonly string[]
  /** Their agents whose rows, and so whose routes, were written or removed: for those who kept copies. */
  readonly agentIds: readonly string[]
  /** What still differs. */
  readonly left: readonly Unrepaired[]
}

/** A difference that is left, and why. */
export interface Unrepaired extends Difference {
  /** Why it could not be repaired. */
  readonly why: string
}

/** What a backend brings to rebuilding. */
export interface Workshop {
  readonly inspection: Inspection
  /**
   * Does what `plan` says in one transaction that claimed the run before `plan` looks at it, so that nobody else writes to it
   * meanwhile; gives the plan. Nothing is written when there is none.
   */
  restore(
    runId: string,
    plan: (inside: Inspection) => Promise<Restoration | undefined>,
  ): Promise<Restoration | undefined>
  /** Removes a body unless there is an event at its position. */
  removeStray(position: number): Promise<void>
}

/**
 * Restores the rows of one run, or of every run that differs, from its log and the bodies there are. NOT_FOUND when there is
 * nothing of the run asked for.
 */
export async function rebuildRuns(
  { inspection, restore, removeStray }: Workshop,
  runId?: string,
  options: RebuildOptions = {},
): Promise<Rebuilt> {
  const { progress, untold: given = 'keep' } = checkProgress(options)
  const untold = oneOf(given, UNTOLD, 'untold')
  const rebuilt = { runs: 0, agentIds: [] as string[], left: [] as Unrepaired[] }
  const repaired = new Set<string>()
  /** Runs that differed. What one of them lacks may be found with another, so nothing is removed before the end. */
  const differing: string[] = []

  /** Whether the run differed; `undefined` when there is nothing of it. */
  async function repair(id: string, untold: 'keep' | 'remove'): Promise<boolean | undefined> {
    const before = await verifyRun(inspection, id)
    if (!before?.differences.length) return before && false
    const plan = { untold, before: before.differences }
    const done = await restore(id, (inside) => restorationOf(inside, id, plan))
    if (done) {
      repaired.add(id)
      rebuilt.agentIds.push(...done.executions.map(({ row }) => row.agentId), ...done.untold.executions)
    }
    return true
  }

  const ids = runId === undefined ? keptRunIds(inspection) : [runId]
  for await (const id of ids) {
    const differed = await repair(id, 'keep')
    if (differed !== undefined) rebuilt.runs += 1
    if (differed) differing.push(id)
    progress?.(1)
    await nextTurn()
  }
  if (runId !== undefined && rebuilt.runs === 0) throw notFound('run', runId)
  if (untold === 'remove') {
    for (const id of differing) {
      await repair(id, 'remove')
      await nextTurn()
    }
  }
  for (const id of differing) {
    const after = await verifyRun(inspection, id)
    rebuilt.left.push(...(after?.differences ?? []).map(explained))
    await nextTurn()
  }
  if (runId !== undefined) return { ...rebuilt, repaired: [...repaired] }
  for await (const position of strayBodies(inspection)) {
    if (untold === 'remove') await removeStray(position)
    else rebuilt.left.push(explained({ runId: undefined, ...untoldBody(position) }))
  }
  return { ...rebuilt, repaired: [...repaired] }
}

const explained = (difference: Difference): Unrepaired => ({ ...difference, why: why(difference) })

function why({ subject, what, member }: Difference): string {
  if (/^(log|events? )/.test(subject)) return 'a log is never changed'
  if (subject === 'archive') return 'an archive is never changed, and what it held is nowhere else'
  if (what === 'untold') return 'what no event tells of is removed only when told'
  const ofBody = member !== undefined && ['response', 'content', 'markdown', 'metadata'].includes(member)
  if (ofBody) return 'the text that the log tells of is nowhere in the run'
  return 'the log does not tell what it was, or is itself not what it was'
}
