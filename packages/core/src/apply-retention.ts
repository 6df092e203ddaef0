import { setImmediate as nextTurn } from 'node:timers/promises'
import { archiveSeen, checkFolder } from './archiving.ts'
import { options as checkOptions, optionalFunction, optionalSignal } from './argument.ts'
import { type Env, now } from './env.ts'
import { concernsOneRun } from './error.ts'
import { type HeldRun, type Holdings, heldRuns } from './holdings.ts'
import { ageFrom, checkForce } from './plan-retention.ts'
import type {
  RetentionDecision,
  RetentionFailure,
  RetentionOptions,
  RetentionOutcome,
  RetentionPolicy,
} from './retention.ts'
import { cutOf } from './retention-budget.ts'
import { decide } from './retention-decision.ts'
import { checkPolicy } from './retention-policy.ts'

/** Does what a plan made now says, and holds none of it: each page of runs is decided upon and done before the next. */
export async function applyRetention(
  holdings: Holdings,
  env: Env,
  policy?: RetentionPolicy,
  options: RetentionOptions = {},
): Promise<RetentionOutcome> {
  const inForce = checkPolicy(policy)
  const force = checkForce(options)
  const { signal, ...work } = checkApplying(options)
  signal?.throwIfAborted()
  const asOf = await ageFrom(holdings, env, force)
  const cut = await cutOf(holdings, inForce, asOf)
  const done = tally()
  const carryOut = (due: readonly Due[]) => carriedOut(holdings, env, due, done, { signal, ...work })

  let last: Due | undefined
  for await (const page of heldRuns(holdings, inForce.mostLatest)) {
    const due = page
      .map((run) => ({ run, decision: decide(inForce, asOf, cut, run) }))
      .filter(({ decision }) => decision.action !== 'keep')
    // With the greatest of those that a budget takes gone and a lesser one not, who goes on would find that it is enough.
    last = due.find(({ decision }) => decision.why === 'budget' && decision.runId === cut?.id) ?? last
    await carryOut(due.filter((each) => each !== last))
    await nextTurn()
    signal?.throwIfAborted()
  }
  if (last) await carryOut([last])
  return { asOf, archived: { ...done.archived }, deleted: { ...done.deleted }, failed: done.failed }
}

interface Due {
  readonly run: HeldRun
  readonly decision: RetentionDecision
}

type Work = Pick<RetentionOptions, 'signal' | 'progress' | 'folder' | 'gone'>

function checkApplying(options: RetentionOptions): Work {
  const { signal, progress, folder, gone } = checkOptions(options, 'options')
  return {
    signal: optionalSignal(signal, 'signal'),
    progress: optionalFunction(progress, 'progress'),
    folder: checkFolder({ folder }),
    gone: optionalFunction(gone, 'gone'),
  }
}

const tally = () => ({
  archived: { runs: 0, bytes: 0 },
  deleted: { runs: 0, bytes: 0 },
  failed: [] as RetentionFailure[],
})

/** Archives what is to be archived, then deletes what is to be deleted and was archived if it had to be. */
async function carriedOut(
  holdings: Holdings,
  env: Env,
  due: readonly Due[],
  done: ReturnType<typeof tally>,
  { signal, progress, folder, gone }: Work,
): Promise<void> {
  const told = (count: { runs: number; bytes: number }, run: HeldRun) => {
    count.runs += 1
    count.bytes += run.bytes
  }
  const report = async (agentIds: readonly string[]) => {
    if (agentIds.length > 0) await gone?.(agentIds)
    progress?.({ archived: { ...done.archived }, deleted: { ...done.deleted } })
  }

  const deletable = due.filter(({ decision }) => decision.action === 'delete').map(({ run }) => run)
  const toArchive = due.filter(({ decision }) => decision.action.startsWith('archive'))
  await together(toArchive, async ({ run, decision }) => {
    signal?.throwIfAborted()
    const archive = await archived(holdings, env, run, folder, done.failed)
    if (!archive) return
    told(done.archived, run)
    if (decision.action === 'archive and delete')
      deletable.push({ ...run, archived: true, version: archive.checksum })
    await report(archive.agentIds)
  })

  const byId = new Map(deletable.map((run) => [run.id, run]))
  signal?.throwIfAborted()
  for await (const chunk of holdings.delete(deletable)) {
    for (const { id } of chunk) told(done.deleted, byId.get(id)!)
    await report(chunk.flatMap(({ agentIds }) => agentIds))
    signal?.throwIfAborted()
  }
}

/** `undefined` when the run is as it was: changed by somebody meanwhile, or impossible to archive, which is noted. */
async function archived(
  holdings: Holdings,
  env: Env,
  run: HeldRun,
  folder: Work['folder'],
  failed: RetentionFailure[],
) {
  try {
    const seen = await holdings.depot.read(run.id)
    if (!seen || String(seen.position) !== run.version) return undefined
    return await archiveSeen(holdings.depot, seen, now(env), folder)
  } catch (error) {
    if (!concernsOneRun(error)) throw error
    const left = await holdings.run(run.id)
    if (left?.version === run.version) {
      failed.push({ runId: run.id, code: error.code, message: error.message })
    }
    return undefined
  }
}

/** Compressing is done beside the event loop, so several at a time are faster than one. */
const ARCHIVES_TOGETHER = 4

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
  await Promise.all(Array.from({ length: ARCHIVES_TOGETHER }, worker))
  if (failure) throw failure.error
}
