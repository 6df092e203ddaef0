import type { Trial } from '@consensus-store/conformance/bench'
import type { Workshop } from '../workshop.ts'
import { archiveTrials } from './archives.ts'
import { artifactTrials } from './artifacts.ts'
import { eventTrials } from './events.ts'
import { executionTrials } from './executions.ts'
import { growthTrials } from './growth.ts'
import { healthTrials } from './health.ts'
import { routeTrials } from './routes.ts'
import { runTrials } from './runs.ts'
import type { Sizes } from './sizes.ts'

/** Every trial of this backend, in the order they are run. */
export const trials = (shop: Workshop, sizes: Sizes): readonly Trial[] => [
  ...routeTrials(shop, sizes),
  ...executionTrials(shop, sizes),
  ...runTrials(shop, sizes),
  ...artifactTrials(shop, sizes),
  ...eventTrials(shop, sizes),
  ...archiveTrials(shop, sizes),
  ...growthTrials(shop, sizes),
  ...healthTrials(shop, sizes),
]
