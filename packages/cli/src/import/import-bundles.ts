import { setImmediate } from 'node:timers/promises'
import { type Bundle, invalid } from '@consensus-store/core'
import { type Destination, logDigest } from './destination.ts'
import { refusal } from './refusal.ts'
import type { Tally } from './tally.ts'
import { type BundleSource, isRefused, type Kind, type Place } from './unit.ts'

/** Brings whole runs to a destination, as they are. */
export async function importBundles(
  source: BundleSource,
  open: () => Promise<Destination>,
  tally: Tally,
  { signal, step }: { signal: AbortSignal; step(count: number): void },
): Promise<void> {
  using destination = await open()
  for await (const found of source.read()) {
    await setImmediate()
    signal.throwIfAborted()
    if (isRefused(found)) {
      tally.read(found.kind)
      tally.refuse(found)
    } else await storeBundle(destination, tally, found)
    step(1)
  }
}

async function storeBundle(
  destination: Destination,
  tally: Tally,
  { place, bundle }: { place: Place; bundle: Bundle },
): Promise<void> {
  const items = itemsOf(bundle)
  for (const { kind } of items) tally.read(kind)
  try {
    const outcome = await settleBundle(destination, bundle)
    tally.run(outcome)
    for (const { kind } of items) tally[outcome](kind)
  } catch (error) {
    // A run that owns nothing is refused as one thing all the same, so that no line is lost without a word.
    if (items.length === 0) tally.read('artifacts')
    const refused = items.length === 0 ? [{ kind: 'artifacts' as const, id: '' }] : items
    for (const { kind, id } of refused) {
      tally.refuse(refusal(kind, id === '' ? place : { ...place, row: `${place.row}, ${id}` }, error))
    }
  }
}

async function settleBundle(destination: Destination, bundle: Bundle): Promise<'stored' | 'present'> {
  const id: unknown = bundle.run?.id
  const stored = typeof id === 'string' && id !== '' ? await destination.log(id) : undefined
  if (stored === undefined) {
    await destination.record(bundle)
    return 'stored'
  }
  if (stored === logDigest(bundle.events)) return 'present'
  throw invalid('bundle', `is of run ${id}, which is stored with another log`)
}

interface Item {
  readonly kind: Kind
  readonly id: string
}

/** What a bundle owns, though it may not be one. */
function itemsOf({ artifacts, syntheses, executions }: Bundle): readonly Item[] {
  const list = <T extends object>(items: readonly T[], kind: Kind, idOf: (item: T) => string): Item[] =>
    Array.isArray(items) ? items.map((item) => ({ kind, id: `${kind} ${idOf(item ?? {})}` })) : []
  return [
    ...list(artifacts, 'artifacts', ({ id }) => id),
    ...list(syntheses, 'syntheses', ({ id }) => id),
    ...list(executions, 'executions', ({ agentId }) => agentId),
  ]
}
