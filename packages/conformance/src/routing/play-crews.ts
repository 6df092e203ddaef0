import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { type ConsensusStore, type Nouns, StoreError } from '@consensus-store/core'
import { persistently } from '../persistently.ts'
import { oneOf, random } from '../random.ts'
import { agentsOf, routesOf, runOf, spawn } from './crew.ts'
import { lookout } from './lookout.ts'
import { factsOf, instant, type Life, type Observations } from './observations.ts'

/** What one process does: it spawns and deletes its own crews, over and over, and looks for the agents of all. */
export interface CrewWorkload {
  readonly seed: number
  /** Tells what this process did and saw from what others did. */
  readonly by: string
  readonly crews: readonly string[]
  readonly otherCrews: readonly string[]
  /** How often each crew is spawned and deleted, at least. */
  readonly lives: number
}

/** What goes on beside a process's own crews. */
export interface Company {
  /** Whether crews are to live on when they have lived their lives. */
  readonly more?: () => boolean
  /** Resolves when others are done too, given when this process's crews are: until then agents are looked for. */
  readonly others?: (done: Promise<unknown>) => Promise<unknown>
}

/** How many look for agents at random moments, beside those who look when something happens. */
const SEEKERS = 3

/**
 * Spawns and deletes crews under the same agent ids with other facts each time, in every way there is to and some of it in
 * vain, while agents are looked for when it matters and at any other moment.
 */
export async function playCrews(
  store: ConsensusStore,
  { seed, by, crews, otherCrews, lives }: CrewWorkload,
  { more = () => false, others = (done) => done }: Company = {},
): Promise<Observations> {
  const next = random(seed)
  const upTo = (count: number) => Math.floor(next() * count)
  const chance = (share: number) => next() < share
  const { finds, look, glance, settled } = lookout(store, by)
  const lived: Life[] = []

  /** Looks for a crew without waiting: for all at once, for one after the other, or for one of them often. */
  function glanceAt(crew: string): void {
    const agents = agentsOf(crew)
    const one = [oneOf(agents, next)]
    for (const ids of oneOf([[agents], agents.map((id) => [id]), [one, one, one, one]], next)) glance(ids)
  }

  async function pause(crew: string): Promise<void> {
    if (chance(0.5)) glanceAt(crew)
    for (let turns = upTo(4); turns > 0; turns--) await nextTurn()
    if (chance(0.15)) await sleep(upTo(4))
    if (chance(0.5)) glanceAt(crew)
  }

  async function spawnCrew(
    crew: string,
    life: number,
  ): Promise<readonly Omit<Life, 'deleting' | 'deleted'>[]> {
    const run = runOf(crew, life)
    const routes = routesOf(crew, run)
    if (chance(0.2)) {
      await inVain(store, async (tx) => {
        await tx.runs.start({ ...run, specId: 'in vain' })
        for (const route of routes) await spawn(tx, { ...route, agentName: 'in vain' })
        await tx.routes.findMany(agentsOf(crew))
        await nextTurn()
      })
    }
    await persistently(() => store.runs.start(run))
    await pause(crew)

    const together = chance(0.4)
    const spawnTogether = async (tx: Nouns) => {
      for (const route of routes) await spawn(tx, route)
      for (const { agentId } of routes) await tx.routes.find(agentId)
    }
    const spawning = instant()
    if (together) await persistently(() => store.transaction(spawnTogether))
    return Promise.all(
      routes.map(async (route) => {
        if (!together) await persistently(() => spawn(store, route))
        return { agentId: route.agentId, facts: factsOf(route), by, spawning, spawned: instant() }
      }),
    )
  }

  async function endCrew(crew: string, life: number): Promise<void> {
    const { id } = runOf(crew, life)
    if (chance(0.2)) await persistently(() => store.runs.delete(id)).catch(unlessConflict)
    await Promise.all(agentsOf(crew).map((agentId) => persistently(() => store.executions.cancel(agentId))))
    await persistently(() => store.runs.abandon(id))
    if (chance(0.2)) {
      await inVain(store, async (tx) => {
        await tx.runs.delete(id)
        await tx.routes.findMany(agentsOf(crew))
        await nextTurn()
      })
    }
  }

  async function deleteCrew(crew: string, life: number): Promise<Pick<Life, 'deleting' | 'deleted'>> {
    const { id } = runOf(crew, life)
    if (chance(0.8)) glanceAt(crew)
    if (chance(0.3)) await nextTurn()
    const inTransaction = chance(0.4)
    const deleting = instant()
    await persistently(() =>
      inTransaction ? store.transaction((tx) => tx.runs.delete(id)) : store.runs.delete(id),
    )
    return { deleting, deleted: instant() }
  }

  async function play(crew: string): Promise<void> {
    for (let life = 0; life < lives || more(); life++) {
      const spawned = await spawnCrew(crew, life)
      glanceAt(crew)
      // Where finds take longer than lives, nobody would ever be found otherwise.
      if (chance(0.7)) await look(agentsOf(crew))
      await pause(crew)
      await endCrew(crew, life)
      await pause(crew)
      const deleted = await deleteCrew(crew, life)
      glanceAt(crew)
      lived.push(...spawned.map((life) => ({ ...life, ...deleted })))
      if (chance(0.7)) await look(agentsOf(crew))
      await pause(crew)
    }
  }

  let over = false
  async function seek(): Promise<void> {
    const everybody = [...crews, ...otherCrews].flatMap(agentsOf)
    while (!over) {
      const some = Array.from({ length: 1 + upTo(3) }, () => oneOf(everybody, next))
      await Promise.all(chance(0.5) ? [look(some)] : some.map((agentId) => look([agentId])))
      await sleep(upTo(3))
    }
  }

  const playing = others(Promise.all(crews.map(play))).finally(() => {
    over = true
  })
  await Promise.all([playing, ...Array.from({ length: SEEKERS }, seek)])
  await settled()
  return { lives: lived, finds }
}

/** Does something in a transaction and undoes it: nothing of it may ever be seen outside. */
async function inVain(store: ConsensusStore, work: (tx: Nouns) => Promise<void>): Promise<void> {
  const undone = new Error('Undone on purpose')
  const undoing = persistently(() =>
    store.transaction(async (tx) => {
      await work(tx)
      throw undone
    }),
  )
  await undoing.catch((error: unknown) => {
    if (error !== undone) throw error
  })
}

function unlessConflict(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'CONFLICT')) throw error
}
