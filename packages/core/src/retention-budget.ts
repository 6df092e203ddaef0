import { type HeldRun, type Holdings, heldRuns } from './holdings.ts'
import { type Cut, cutAt, decideByAge, endedFirst } from './retention-decision.ts'
import type { PolicyInForce } from './retention-policy.ts'

/** Runs are first told apart by the hour in which they ended: a decade has few of them. */
const HOUR_MS = 3_600_000

/**
 * Up to which run those that ended first are to go before their time, so that the bodies that stay hot are within the bound of a
 * policy; `undefined` when they are. Holds no more than the runs of one hour at a time.
 */
export async function cutOf(
  holdings: Holdings,
  policy: PolicyInForce,
  asOf: Date,
  signal?: AbortSignal,
): Promise<Cut | undefined> {
  const { maxBytes } = policy
  if (maxBytes === undefined) return undefined
  let hot = 0
  const byHour = new Map<number, number>()
  const eachHot = (look: Look) => lookAtHot(holdings, policy, asOf, look, signal)
  await eachHot((run, mayGoEarly) => {
    hot += run.bytes
    if (mayGoEarly) byHour.set(hourOf(run), (byHour.get(hourOf(run)) ?? 0) + run.bytes)
  })
  let excess = hot - maxBytes
  if (excess <= 0) return undefined

  const hours = [...byHour].sort(([a], [b]) => a - b)
  const hour = hours.find(([, bytes]) => {
    if (bytes >= excess) return true
    excess -= bytes
    return false
  })?.[0]
  if (hour === undefined) return ALL_OF_THEM
  const candidates: { readonly end: Cut; readonly bytes: number }[] = []
  await eachHot((run, mayGoEarly) => {
    if (mayGoEarly && hourOf(run) === hour) candidates.push({ end: cutAt(run), bytes: run.bytes })
  })
  candidates.sort((a, b) => endedFirst(a.end, b.end))
  const last = candidates.find(({ bytes }) => {
    excess -= bytes
    return excess <= 0
  })
  // Whoever deleted some meanwhile did what was to be done.
  return last?.end ?? candidates.at(-1)?.end
}

/** The end of time, as far as a Date knows it. */
const ALL_OF_THEM: Cut = { endedAt: new Date(8.64e15), id: '' }

const hourOf = ({ endedAt }: HeldRun): number => Math.floor(endedAt!.getTime() / HOUR_MS)

type Look = (run: HeldRun, mayGoEarly: boolean) => void

/** Every run whose bodies are in the hot tables and stay there, as far as age goes. */
async function lookAtHot(
  holdings: Holdings,
  policy: PolicyInForce,
  asOf: Date,
  look: Look,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const page of heldRuns(holdings, policy.mostLatest, signal)) {
    for (const run of page) {
      const { decision, early } = decideByAge(policy, asOf, run)
      if (decision.action === 'keep' && !run.archived) look(run, early !== undefined)
    }
  }
}
