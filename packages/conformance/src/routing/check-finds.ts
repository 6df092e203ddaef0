import type { Find, Life, Observations } from './observations.ts'

/** A find that was told what it may not be told. */
export interface Violation {
  readonly wrong: string
  /** The find and the lives of its agent around it, a line each. */
  readonly shown: string
}

/**
 * The finds that were told wrong, if any. Between the acknowledgement of a spawn and the beginning of the deletion a find gives
 * exactly those facts. Once a deletion is acknowledged it does not give them any more: at once in the process that deleted, and
 * `staleMs` later elsewhere. A find that overlaps with either may be told what was there before or after, never anything else.
 */
export function checkFinds({ lives, finds }: Observations, staleMs: number): readonly Violation[] {
  const biographies = new Map(
    [...Map.groupBy(lives, ({ agentId }) => agentId)].map(([agentId, lives]) => [agentId, biography(lives)]),
  )
  return finds.flatMap((find) => {
    const known = biographies.get(find.agentId) ?? biography([])
    const wrong = find.facts === null ? wronglyAbsent(find, known) : wronglyPresent(find, known, staleMs)
    return wrong === undefined ? [] : [{ wrong, shown: show(find, known.lives) }]
  })
}

/** The lives of one agent, which follow each other, in their order and by their facts. */
interface Biography {
  readonly lives: readonly Life[]
  readonly byFacts: ReadonlyMap<string, Life>
}

function biography(lives: readonly Life[]): Biography {
  const ordered = lives.toSorted((a, b) => a.spawning - b.spawning)
  return { lives: ordered, byFacts: new Map(lives.map((life) => [life.facts, life])) }
}

function wronglyAbsent({ began, ended }: Find, { lives }: Biography): string | undefined {
  const life = lastSpawnedBefore(lives, began)
  return life && ended < life.deleting ? 'A spawned agent was not found' : undefined
}

/** By bisection: there may be as many lives as finds. */
function lastSpawnedBefore(lives: readonly Life[], instant: number): Life | undefined {
  let [from, to] = [0, lives.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (lives[middle]!.spawned < instant) from = middle + 1
    else to = middle
  }
  return lives[from - 1]
}

function wronglyPresent(
  { began, ended, by, facts }: Find,
  { byFacts }: Biography,
  staleMs: number,
): string | undefined {
  const life = byFacts.get(facts!)
  if (!life) return 'An agent was found with facts it was never spawned for'
  if (ended < life.spawning) return 'An agent was found before it was spawned'
  const late = began - life.deleted
  if (late <= (by === life.by ? 0 : staleMs)) return undefined
  const where =
    by === life.by ? 'in the process that deleted it' : `elsewhere, where ${staleMs} ms are allowed`
  return `An agent was found ${late.toFixed(3)} ms after it was deleted, ${where}`
}

/** The lives that a find may be about, with times as they are seen from its beginning. */
function show(find: Find, lives: readonly Life[]): string {
  const at = (instant: number) => `${(instant - find.began).toFixed(3)} ms`
  const before = lives.findLast(({ deleted }) => deleted < find.began)
  const about = lives
    .filter((life) => life === before || life.facts === find.facts || overlap(life, find))
    .map(({ facts, by, ...life }) => {
      const spawn = `spawned by ${by} between ${at(life.spawning)} and ${at(life.spawned)}`
      return `  ${facts}\n    ${spawn}, deleted between ${at(life.deleting)} and ${at(life.deleted)}`
    })
  const told = `  ${find.by} looked for ${find.agentId} between 0 and ${at(find.ended)}: ${find.facts ?? 'undefined'}`
  return [told, ...about].join('\n')
}

const overlap = ({ spawning, deleted }: Life, { began, ended }: Find) => spawning <= ended && began <= deleted
