export { type BenchmarkOptions, benchmark, type Report } from './benchmark.ts'
export { bodyOf, refOf } from './body.ts'
export { callers, together } from './callers.ts'
export { closing } from './closing.ts'
export { agentId, cycle, runId, sample, stageOf, startedAt } from './filled.ts'
export { type Facts, type Machine, machine } from './machine.ts'
export { measure, type Pace, type Rates } from './measure.ts'
export { type Reached, type Result, resultsOf } from './result.ts'
export { aBundle, content } from './sample-bundle.ts'
export { short } from './sizes.ts'
export { AGENTS_PER_RUN, type Stock, stock } from './stock.ts'
export { named, type Suite } from './suite.ts'
export type { Goal, Prepare, Prepared, Trial } from './trial.ts'
export { UsageError } from './usage-error.ts'
export { type Wishes, wishes } from './wishes.ts'
export {
  adding,
  archiving,
  asking,
  completing,
  finding,
  findingHundreds,
  recording,
  restoring,
  spawning,
} from './work.ts'
