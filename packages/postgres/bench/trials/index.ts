import type { Trial } from '@consensus-store/conformance/bench'
import type { Workshop } from '../workshop.ts'
import { archiveTrials } from './archives.ts'
import { artifactTrials } from './artifacts.ts'
import { copyTrials } from './copies.ts'
import { executionTrials } from './executions.ts'
import { healthTrials } from './health.ts'
import { routeTrials } from './routes.ts'
import { runTrials } from './runs.ts'
import { transactionTrials } from './transactions.ts'
import { watchingTrials } from './watching.ts'

/** Every trial of this backend, on a history of so many runs, and of so many for what is to be the same at any size; in the order they are run. */
export const trials = (shop: Workshop, runs: number, large = runs): readonly Trial[] => [
  ...routeTrials(shop, runs),
  ...executionTrials(shop, runs),
  ...runTrials(shop, runs),
  ...artifactTrials(shop, runs),
  ...transactionTrials(shop, runs),
  ...copyTrials(shop, runs),
  ...archiveTrials(shop, runs),
  ...watchingTrials(shop, runs),
  ...healthTrials(shop, [...new Set([runs, large])]),
]
