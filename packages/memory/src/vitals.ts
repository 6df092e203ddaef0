import { type AgedRun, isOpen, type Vitals } from '@consensus-store/core'
import { heldRuns } from './holdings.ts'
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
    const [oldest] = heldRuns(read())
    return oldest?.startedAt
  },

  async openSince(spawnedBefore, most) {
    const open = executionsIn(read()).filter((execution) => isOpen(execution))
    return Math.min(most, open.filter(({ spawnedAt }) => spawnedAt < spawnedBefore).length)
  },

  async aged({ archived, after, startedBefore, most }) {
    const found: AgedRun[] = []
    for (const run of heldRuns(read(), after)) {
      if (run.startedAt >= startedBefore || found.length === most) break
      if (run.archived === archived) found.push(run)
    }
    return found
  },

  classify: () => 'CORRUPT',

  unreachable: (message) => ({
    severity: 'error',
    subject: 'database',
    message,
    remedy: 'This is a bug in the store in memory; please report it.',
  }),
})
