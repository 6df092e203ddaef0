import { options as checkOptions, names, optionalName } from './argument.ts'
import type { Event } from './event.ts'
import type { Nouns } from './store.ts'

/** Which events are wanted: those that have everything that is said here. */
export interface EventFilter {
  readonly runId?: string | undefined
  /** Of runs of this spec. */
  readonly specId?: string | undefined
  /** Of runs of this stage. */
  readonly stage?: string | undefined
  /** Of these types. One that this version does not know is as good as any. */
  readonly types?: readonly string[] | undefined
}

/** What of a run events are chosen by. */
interface Subject {
  readonly specId: string
  readonly stage: string
}

/** Runs whose subjects are kept in mind: those of which something was told last. */
const REMEMBERED_RUNS = 1_000

/**
 * Whether an event is wanted, asked in the order of the log. Of which spec and stage a run is, its first event tells; it is
 * looked up when it was not among those asked about. An event of a run that has been deleted meanwhile is not wanted
 * where that cannot be known.
 */
export function matching(
  { events }: Pick<Nouns, 'events'>,
  filter: EventFilter,
): (event: Event) => Promise<boolean> {
  const { runId, specId, stage, types } = checked(filter)
  const subjects = new Map<string, Subject>()
  const bySubject = specId !== undefined || stage !== undefined

  function remember(id: string, { specId, stage }: Subject): Subject {
    const subject = { specId, stage }
    subjects.delete(id)
    subjects.set(id, subject)
    if (subjects.size > REMEMBERED_RUNS) subjects.delete(subjects.keys().next().value!)
    return subject
  }

  async function subjectOf(event: Event): Promise<Subject | undefined> {
    if (event.type === 'run.started') return remember(event.runId, event.data)
    const known = subjects.get(event.runId)
    if (known) return remember(event.runId, known)
    const [first] = await events.read(event.runId, { limit: 1 })
    // Otherwise it is another run, to which the id was given anew.
    const isOfThisRun = first?.type === 'run.started' && first.position < event.position
    return isOfThisRun ? remember(event.runId, first.data) : undefined
  }

  return async (event) => {
    if (runId !== undefined && event.runId !== runId) return false
    // Before the types, because only what is looked at is remembered.
    const subject = bySubject ? await subjectOf(event) : undefined
    if (types && !types.has(event.type)) return false
    if (!bySubject) return true
    return (
      subject !== undefined &&
      (specId === undefined || subject.specId === specId) &&
      (stage === undefined || subject.stage === stage)
    )
  }
}

function checked(filter: EventFilter) {
  const { runId, specId, stage, types } = checkOptions(filter, 'filter')
  return {
    runId: optionalName(runId, 'filter.runId'),
    specId: optionalName(specId, 'filter.specId'),
    stage: optionalName(stage, 'filter.stage'),
    types: types && new Set<string>(names(types, 'filter.types')),
  }
}
