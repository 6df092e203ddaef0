import { digest, type Execution } from '@consensus-store/core'
import type { IdentifiedUnit } from './compose.ts'
import type { Destination } from './destination.ts'
import { keyInRun } from './identity.ts'
import { secondOf } from './instant.ts'
import type { ExecutionUnit, Unit } from './unit.ts'

/** What becomes of a unit: it is new, under an id; it is there already; or it cannot be both. */
export type Settlement =
  | { readonly fresh: IdentifiedUnit }
  | { readonly present: true }
  | { readonly contradiction: string }

/** Compares the units of a run with what is there, and with each other. */
export async function settle(
  destination: Destination,
  units: readonly Unit[],
): Promise<readonly Settlement[]> {
  const branch = units.find((unit) => unit.branch !== undefined)?.branch
  // Asked all at once: a store answers what is asked for in one tick together.
  const stored = await Promise.all(units.map((unit) => whatIsThere(destination, unit)))
  const taken = new Map<string, Unit>()
  const settled: Settlement[] = []
  for (const [i, unit] of units.entries()) {
    const name = `${unit.kind} ${unit.key}`
    const settlement =
      unit.branch !== undefined && unit.branch !== branch
        ? { contradiction: `the run is on branch ${branch}, this is on ${unit.branch}` }
        : (compared(unit, taken.get(name)) ?? stored[i]!)
    if ('fresh' in settlement) taken.set(name, unit)
    settled.push(settlement)
  }
  return settled
}

const PRESENT = { present: true } as const

async function whatIsThere(destination: Destination, unit: Unit): Promise<Settlement> {
  if (unit.kind === 'executions') {
    const stored = await destination.execution(unit.key)
    if (!stored) return { fresh: { id: unit.key, unit } }
    const difference = differenceOf(stored, unit)
    return difference === undefined ? PRESENT : { contradiction: difference }
  }
  const owner = await destination.ownerOf(unit.kind, unit.key)
  if (!owner) return { fresh: { id: unit.key, unit } }
  if (unit.sourceRunId === undefined || (owner.sourceRunId ?? unit.sourceRunId) === unit.sourceRunId)
    return PRESENT
  // The same words in the same second, but in another run: both are kept.
  const id = keyInRun(unit.key, unit.sourceRunId)
  return (await destination.ownerOf(unit.kind, id)) ? PRESENT : { fresh: { id, unit } }
}

/** What a unit is beside one of the same run that has its key already. */
function compared(unit: Unit, twin: Unit | undefined): Settlement | undefined {
  if (!twin) return undefined
  return unit.kind !== 'executions' || sameTurn(twin as ExecutionUnit, unit)
    ? PRESENT
    : { contradiction: `agent ${unit.key} is there twice` }
}

const sameTurn = (a: ExecutionUnit, b: ExecutionUnit) =>
  JSON.stringify([a.agentName, a.phaseType, a.at, a.ending]) ===
  JSON.stringify([b.agentName, b.phaseType, b.at, b.ending])

/** What a stored execution says otherwise. A source that does not know the end yet says nothing else. */
function differenceOf(stored: Execution, unit: ExecutionUnit): string | undefined {
  const { response, failure } = unit.ending ?? {}
  const status = failure ? 'failed' : 'completed'
  const told: readonly (readonly [string, unknown, unknown])[] = [
    ['spec', stored.specId, unit.specId],
    ['stage', stored.stage, unit.stage],
    ['agent name', stored.agentName, unit.agentName],
    ['phase type', stored.phaseType, unit.phaseType],
    ['time', secondOf(stored.spawnedAt.getTime()), secondOf(unit.at)],
    ...(unit.ending
      ? ([
          ['outcome', stored.status, status],
          ['failure', stored.failure?.message, failure?.message],
          ['response', stored.responseDigest, response === undefined ? undefined : digest(response)],
        ] as const)
      : []),
  ]
  const other = told.find(([, here, there]) => here !== there)
  return other && `agent ${unit.key} is stored with another ${other[0]}`
}
