import type { ConsensusStore } from '@consensus-store/core'
import { allPages } from '../contents.ts'
import { promptly } from '../promptly.ts'
import type { Place } from '../subject.ts'
import { startProcess } from './process.ts'
import type { TaskInput, TaskName } from './tasks.ts'

interface When {
  /** After so many reports, */
  readonly reports: number
  /** and at a moment within so many milliseconds. */
  readonly withinMs: number
}

export interface Killed {
  /** What it had reported by then. */
  readonly reports: readonly unknown[]
  /** False when it had been done before. */
  readonly interrupted: boolean
}

/** Has another process do a task and kills it in the midst of that. */
export async function killedMidway<T extends TaskName>(
  place: Place,
  task: T,
  input: TaskInput<T>,
  { reports, withinMs }: When,
): Promise<Killed> {
  await using victim = await startProcess(place, task, input)
  await victim.open()
  let interrupted = true
  const done = victim.start().then(() => {
    interrupted = false
  })
  await promptly(Promise.race([victim.reported(reports), done]), `a process doing ${task}`, 60_000)
  await new Promise((resolve) => setTimeout(resolve, Math.random() * withinMs))
  done.catch(() => undefined)
  await victim.kill()
  return { reports: victim.reports, interrupted }
}

/** Opens a place whose writer was killed. A server goes on with what it was sent before: waits until nothing changes any more. */
export async function openAfterKill(place: Place): Promise<ConsensusStore> {
  const store = await promptly(place.open(), 'opening', 30_000)
  for (let before = ''; ; ) {
    const now = await look(store)
    if (now === before) return store
    before = now
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function look(store: ConsensusStore): Promise<string> {
  const runs = await allPages(store.runs.list)
  return JSON.stringify([await store.events.position(), runs.map(({ id, archivedAt }) => [id, archivedAt])])
}
