import { mustKeep } from './archive-folder.ts'
import { archiveSeen, checkFolder, keepArchived } from './archiving.ts'
import { nothingElse, optionalFunction } from './argument.ts'
import { type Env, now } from './env.ts'
import { concernsOneRun, StoreError } from './error.ts'
import { type HeldRun, type Holdings, heldRuns, oldestFirst } from './holdings.ts'
import { versionOf } from './leaving.ts'
import { addTo, ageFrom, checkPlanOptions, noRuns } from './plan-retention.ts'
import type {
  RetentionDecision,
  RetentionFailure,
  RetentionOptions,
  RetentionOutcome,
  RetentionPolicy,
} from './retention.ts'
import { cutOf } from './retention-budget.ts'
import { decide, whyUnreadable } from './retention-decision.ts'
import { checkPolicy } from './retention-policy.ts'

/** Does what a plan made now says, and holds none of it: each page of runs is decided upon and done before the next. */
export async function applyRetention(
  holdings: Holdings,
  env: Env,
  policy?: RetentionPolicy,
  options: RetentionOptions = {},
): Promise<RetentionOutcome> {
  const inForce = checkPolicy(policy)
  const { force, ...work } = checkApplying(options)
  const { signal } = work
  signal?.throwIfAborted()
  await mustKeep(work.folder)
  const asOf = await ageFrom(holdings, env, force)
  const cut = await cutOf(holdings, inForce, asOf, signal)
  const done = { archived: noRuns(), deleted: noRuns(), failed: [] as RetentionFailure[] }
  const carryOut = (due: readonly Due[]) => carriedOut({ holdings, env, done, ...work }, due)

  let last: Due | undefined
  for await (const page of heldRuns(holdings, inForce.mostLatest, signal)) {
    const decided = page.map((run) => ({ run, decision: decide(inForce, asOf, cut, run) }))
    for (const { run, decision } of decided)
      if (decision.why === 'unreadable') done.failed.push(failure(run, damaged(whyUnreadable(run))))
    const due = decided.filter(({ decision }) => decision.action !== 'keep')
    // With the greatest of those that a budget takes gone and a lesser one not, who goes on would find that it is enough.
    last = due.find(({ decision }) => decision.why === 'budget' && decision.runId === cut?.id) ?? last
    await carryOut(due.filter((each) => each !== last))
  }
  if (last) await carryOut([last])
  return { asOf, archived: { ...done.archived }, deleted: { ...done.deleted }, failed: done.failed }
}

interface Due {
  readonly run: HeldRun
  readonly decision: RetentionDecision
}

interface Applying extends Pick<RetentionOptions, 'signal' | 'progress' | 'folder' | 'gone'> {
  readonly holdings: Holdings
  readonly env: Env
  /** What was done so far, which grows. */
  readonly done: {
    readonly archived: ReturnType<typeof noRuns>
    readonly deleted: ReturnType<typeof noRuns>
    readonly failed: RetentionFailure[]
  }
}

function checkApplying(options: RetentionOptions) {
  const { force, signal, progress, folder, gone, ...rest } = checkPlanOptions(options)
  nothingElse(rest, 'options')
  return {
    force,
    signal,
    progress: optionalFunction(progress, 'progress'),
    folder: checkFolder({ folder }),
    gone: optionalFunction(gone, 'gone'),
  }
}

/** Archives what is to be archived, then deletes what is to be deleted and was archived, or kept in the folder, if it had to be. */
async function carriedOut(applying: Applying, due: readonly Due[]): Promise<void> {
  const { holdings, done, signal, progress, folder, gone } = applying
  const report = async (agentIds: readonly string[]) => {
    if (agentIds.length > 0) await gone?.(agentIds)
    progress?.({ archived: { ...done.archived }, deleted: { ...done.deleted } })
  }

  const deletable: HeldRun[] = []
  await together(due, async ({ run, decision }) => {
    signal?.throwIfAborted()
    if (decision.action === 'delete') {
      if (!folder || !run.archived || (await keptInFolder(applying, run))) deletable.push(run)
      return
    }
    const archive = await archived(applying, run)
    if (!archive) return
    addTo(done.archived, run)
    if (decision.action === 'archive and delete')
      deletable.push({ ...run, archived: true, version: versionOf(archive) })
    await report(archive.agentIds)
  })

  const left = new Map(deletable.sort(oldestFirst).map((run) => [run.id, run]))
  signal?.throwIfAborted()
  for await (const chunk of holdings.delete([...left.values()])) {
    for (const { id } of chunk) {
      addTo(done.deleted, left.get(id)!)
      left.delete(id)
    }
    await report(chunk.flatMap(({ agentIds }) => agentIds))
    signal?.throwIfAborted()
  }
  for (const run of left.values()) await noteUnlessChanged(applying, run, notTaken(run))
}

const archived = (applying: Applying, run: HeldRun) =>
  taken(applying, run, async () => {
    const { holdings, env, folder } = applying
    const seen = await holdings.depot.read(run.id)
    return seen && versionOf(seen) === run.version
      ? archiveSeen(holdings.depot, seen, now(env), folder)
      : undefined
  })

/** Of a run that was archived before there was a folder, or into another. */
const keptInFolder = (applying: Applying, run: HeldRun) =>
  taken(applying, run, async () => {
    const { holdings, folder } = applying
    const kept = await holdings.depot.kept(run.id)
    return kept?.run.archivedAt ? keepArchived(kept, folder) : undefined
  })

/** What was made of a run; `undefined` when it is as it was, which is noted unless somebody changed it meanwhile. */
async function taken<T extends object>(
  applying: Applying,
  run: HeldRun,
  take: () => Promise<T | undefined>,
): Promise<T | undefined> {
  let refusal = notTaken(run)
  try {
    const done = await take()
    if (done) return done
  } catch (error) {
    if (!concernsOneRun(error)) throw error
    refusal = error
  }
  await noteUnlessChanged(applying, run, refusal)
  return undefined
}

/** Who changed a run has it decided upon anew, the next time. Else it would fail the next time, too. */
async function noteUnlessChanged({ holdings, done }: Applying, run: HeldRun, refusal: StoreError) {
  const now = await holdings.run(run.id)
  if (now?.version === run.version) done.failed.push(failure(run, refusal))
}

const failure = ({ id }: HeldRun, { code, message }: StoreError): RetentionFailure => ({
  runId: id,
  code,
  message,
})

const damaged = (message: string) => new StoreError('CORRUPT', message)

const notTaken = ({ id, archived }: HeldRun) =>
  damaged(
    archived
      ? `Run ${id} cannot be deleted although nobody changed it: its archive is lost`
      : `Run ${id} cannot leave although nobody changed it: its log has lost its end`,
  )

/** Compressing is done beside the event loop, so several at a time are faster than one. */
const TOGETHER = 4

/** Does something with each item, a few at a time. After a failure no more are begun, and those begun are waited for. */
async function together<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  let failure: { readonly error: unknown } | undefined
  const worker = async () => {
    for (const item of left) {
      if (failure) return
      await work(item).catch((error: unknown) => {
        failure ??= { error }
      })
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker))
  if (failure) throw failure.error
}
