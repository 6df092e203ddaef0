import {
  type ArtifactFacts,
  type Event,
  type Execution,
  fold,
  type Run,
  type SynthesisFacts,
} from '@consensus-store/core'

/** When a run's agents were spawned, how long each waited and worked, and what they left; in the order of the log. */
export interface Timeline {
  readonly run: Run
  /** The first instant of it. */
  readonly from: Date
  /** The last one: now, while the run is running. What is still out when it ended counts until now all the same. */
  readonly to: Date
  /** When the run was concluded or abandoned. */
  readonly endedAt: Date | undefined
  readonly executions: readonly Turn[]
  readonly artifacts: readonly ArtifactFacts[]
  readonly syntheses: readonly SynthesisFacts[]
}

/**
 * An execution with its spans, which are negative where a clock went back. Who answered without ever saying that it started
 * is taken to have worked from the beginning, who did neither to have waited until the end.
 */
export interface Turn extends Execution {
  readonly waitedMs: number
  /** `undefined` if it never worked. */
  readonly workedMs: number | undefined
}

/** What the events of one run, from the first on, tell of its time. */
export function timelineOf(runId: string, events: readonly Event[], now: Date): Timeline {
  const { run, executions, artifacts, syntheses } = fold(runId, events)
  // Runs are pinned long after, for reasons that are not the run's.
  const telling = events.filter(({ type }) => type !== 'run.pinned' && type !== 'run.unpinned')
  const instants = telling.map(({ at }) => at.getTime())
  if (run.status === 'running') instants.push(now.getTime())
  return {
    run,
    from: new Date(instants.reduce((a, b) => Math.min(a, b))),
    to: new Date(instants.reduce((a, b) => Math.max(a, b))),
    endedAt: events.find(({ type }) => type === 'run.concluded' || type === 'run.abandoned')?.at,
    executions: [...executions.values()].map((execution) => turn(execution, now)),
    artifacts: [...artifacts.values()],
    syntheses: [...syntheses.values()],
  }
}

function turn(execution: Execution, now: Date): Turn {
  const { spawnedAt, endedAt = now, responseBytes } = execution
  const workedFrom = execution.startedAt ?? (responseBytes === undefined ? undefined : spawnedAt)
  return {
    ...execution,
    waitedMs: between(spawnedAt, workedFrom ?? endedAt),
    workedMs: workedFrom && between(workedFrom, endedAt),
  }
}

const between = (from: Date, to: Date) => to.getTime() - from.getTime()
