import type { Execution } from './execution.ts'
import type { History } from './history.ts'
import type { Run } from './run.ts'

/** How one run of a stage came out against another. */
export interface RunComparison {
  readonly before: Run
  readonly after: Run
  /** By name, the agents of either run, in the order in which they were first sent. */
  readonly agents: readonly AgentComparison[]
  readonly agreements: Exchange
  readonly conflicts: Exchange
}

/** One agent in both runs: its last execution in each, where it has one. */
export interface AgentComparison {
  readonly agentName: string
  readonly before: Execution | undefined
  readonly after: Execution | undefined
}

/** Lines that only the later run has, and those that only the earlier one has. */
export interface Exchange {
  readonly gained: readonly string[]
  readonly lost: readonly string[]
}

/** Compares two runs as their logs tell them, say the last two of one stage. */
export function compareRuns(before: History, after: History): RunComparison {
  const first = lastByName(before)
  const second = lastByName(after)
  return {
    before: before.run,
    after: after.run,
    agents: [...new Set([...first.keys(), ...second.keys()])].map((agentName) => ({
      agentName,
      before: first.get(agentName),
      after: second.get(agentName),
    })),
    agreements: exchange(before.run.agreements, after.run.agreements),
    conflicts: exchange(before.run.conflicts, after.run.conflicts),
  }
}

/** Who was sent again counts as sent last. */
const lastByName = ({ executions }: History): ReadonlyMap<string, Execution> =>
  new Map([...executions.values()].map((execution) => [execution.agentName, execution]))

const exchange = (before: readonly string[], after: readonly string[]): Exchange => ({
  gained: after.filter((line) => !before.includes(line)),
  lost: before.filter((line) => !after.includes(line)),
})
