import { setImmediate } from 'node:timers/promises'
import {
  checkLogEntry,
  continuesLog,
  type LogEntry,
  options,
  type Recordable,
  recordTogether,
} from '@consensus-store/core'
import { apart } from './apart.ts'
import { type OwnedItem, ownedItems, toldItems } from './bundle-items.ts'
import type { Destination } from './destination.ts'
import { refusal } from './refusal.ts'
import type { Tally } from './tally.ts'
import { type BundleLine, type BundleSource, isRefused, type Refused } from './unit.ts'

/**
 * Brings whole runs to a destination, as they are, several at once: each is new, goes on where the stored one ends, or
 * is there as far or farther.
 */
export async function importBundles(
  source: BundleSource,
  open: () => Promise<Destination>,
  tally: Tally,
  { signal, step }: { signal: AbortSignal; step(count: number): void },
): Promise<void> {
  using destination = await open()
  for await (const found of source.read()) {
    for (const lines of apart(withItems(found), namesOf)) {
      await setImmediate()
      signal.throwIfAborted()
      for (const tell of await settle(destination, lines)) tell(tally)
      step(lines.length)
    }
  }
}

interface Line extends BundleLine {
  readonly items: readonly OwnedItem[]
}

function* withItems(lines: Iterable<BundleLine | Refused>): Generator<Line | Refused> {
  for (const line of lines) yield isRefused(line) ? line : { ...line, items: ownedItems(line.bundle) }
}

const namesOf = (line: Line | Refused): readonly string[] =>
  isRefused(line) ? [] : [`run ${line.bundle.run?.id}`, ...line.items.map(({ name }) => name)]

/** What came of a line, as it is to be counted. */
type Telling = (tally: Tally) => void

/** Tells what came of each line, in their order. */
async function settle(
  destination: Destination,
  lines: readonly (Line | Refused)[],
): Promise<readonly Telling[]> {
  const looked = await Promise.all(
    lines.map((line) => (isRefused(line) ? refuseLine(line) : look(destination, line))),
  )
  const recorded = new Map<Recording, Telling>()
  await recordTogether(looked.filter(isRecording), async (run) => {
    recorded.set(run, await record(destination, run))
  })
  return looked.map((each) => (isRecording(each) ? recorded.get(each)! : each))
}

interface Recording extends Line, Recordable {
  readonly stored: readonly LogEntry[]
}

const isRecording = (looked: Recording | Telling): looked is Recording => typeof looked === 'object'

async function look(destination: Destination, line: Line): Promise<Recording | Telling> {
  try {
    const stored = await storedLog(destination, line)
    const isThere = stored.length > 0
    return isThere && continuesLog(stored, logOfLine(line)) ? present(line) : { ...line, stored, isThere }
  } catch (error) {
    return refuse(line, error)
  }
}

async function record(destination: Destination, run: Recording): Promise<Telling> {
  try {
    await destination.record(run.bundle)
    return recorded(run)
  } catch (error) {
    return refuse(run, error)
  }
}

/** A bundle may be none: what is wrong with it is for recording it to say. */
async function storedLog(destination: Destination, { bundle }: Line): Promise<readonly LogEntry[]> {
  const id: unknown = bundle.run?.id
  const tells = Array.isArray(bundle.events) && bundle.events.length > 0
  return tells && typeof id === 'string' && id !== '' ? destination.log(id) : []
}

const logOfLine = ({ bundle }: Line): readonly LogEntry[] =>
  bundle.events.map((entry, i) => {
    const path = `bundle.events[${i}]`
    return checkLogEntry(options(entry, path), path)
  })

const refuseLine = (line: Refused) => (tally: Tally) => {
  tally.read(line.kind)
  tally.refuse(line)
}

const present =
  ({ items }: Line) =>
  (tally: Tally) => {
    tally.run('present')
    for (const { kind } of items) {
      tally.read(kind)
      tally.present(kind)
    }
  }

const recorded =
  ({ bundle, items, stored, isThere }: Recording) =>
  (tally: Tally) => {
    tally.run(isThere ? 'extended' : 'stored')
    const written = toldItems(bundle.events.slice(stored.length))
    for (const { kind, name } of items) {
      tally.read(kind)
      tally[written.has(name) ? 'stored' : 'present'](kind)
    }
  }

/** What an error about the line comes to. Any other error is thrown on. */
function refuse({ items, place }: Line, error: unknown): Telling {
  // A run that owns nothing is refused as one thing all the same, so that no line is lost without a word.
  const refused =
    items.length === 0
      ? [refusal('artifacts', place, error)]
      : items.map(({ kind, name }) => refusal(kind, { ...place, row: `${place.row}, ${name}` }, error))
  return (tally) => {
    for (const each of refused) refuseLine(each)(tally)
  }
}
