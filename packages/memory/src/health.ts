import { type AgedRun, isOpen, type Vitals } from '@consensus-store/core'
import { artifactsIn, executionsIn, type State, synthesesIn } from './state.ts'

/** All of it is counted: what is in memory is there. */
export const vitals = (read: () => State, identity: string): Vitals => ({
  patienceMs: 10_000,

  async facts() {
    const { histories, log } = read()
    return {
      settings: [],
      findings: [],
      details: { runs: histories.size, events: log.filter(Boolean).length, identity },
    }
  },

  async rows() {
    const state = read()
    const exact = (count: number) => ({ count, precision: 'exact' }) as const
    return {
      runs: exact(state.histories.size),
      executions: exact(executionsIn(state).length),
      artifacts: exact(artifactsIn(state).length),
      syntheses: exact(synthesesIn(state).length),
      events: exact(state.log.filter(Boolean).length),
      archives: exact(state.archives.size),
    }
  },

  space: async () => ({ bytes: 0, freeBytes: 0, walBytes: 0, roomBytes: undefined }),

  async oldestRunAt() {
    const { histories, archives } = read()
    const starts = [...histories.values(), ...archives.values()].map(({ run }) => run.startedAt.getTime())
    return starts.length === 0 ? undefined : new Date(Math.min(...starts))
  },

  async openSince(spawnedBefore, most) {
    const open = executionsIn(read()).filter((execution) => isOpen(execution))
    return Math.min(most, open.filter(({ spawnedAt }) => spawnedAt < spawnedBefore).length)
  },

  async aged({ archived, startedBefore, most }) {
    const aged = archived ? agedArchives(read()) : agedHistories(read())
    return aged
      .filter(({ startedAt }) => startedAt < startedBefore)
      .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
      .slice(0, most)
  },

  unreachable: (error) => ({
    severity: 'error',
    subject: 'database',
    message: (error as Error).message,
    remedy: 'This is a bug in the store in memory; please report it.',
  }),
})

interface Aged extends AgedRun {
  readonly startedAt: Date
}

const agedHistories = ({ histories, logs }: State): Aged[] =>
  [...histories.values()].flatMap(({ run, executions }) => {
    const untouched = run.status === 'running' || run.pinned || [...executions.values()].some(isOpen)
    return untouched ? [] : [{ ...run, endedAt: run.concludedAt ?? logs.get(run.id)!.at(-1)!.at }]
  })

const agedArchives = ({ archives }: State): Aged[] =>
  [...archives.values()].map(({ run, archive }) => ({ ...run, endedAt: archive.endedAt }))
