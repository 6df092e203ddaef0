import type { Nouns } from '@consensus-store/core'
import { artifacts } from './artifacts.ts'
import { bundles } from './bundles.ts'
import type { SqlContext } from './context.ts'
import { cursors } from './cursors.ts'
import { events } from './events.ts'
import { executions } from './executions.ts'
import { routes } from './routes.ts'
import { runs } from './runs.ts'
import { snapshots } from './snapshots.ts'
import { syntheses } from './syntheses.ts'

/** All nouns over one session. */
export const nouns = (context: SqlContext): Nouns => ({
  runs: { ...runs(context), ...bundles(context) },
  executions: executions(context),
  routes: routes(context),
  artifacts: artifacts(context),
  syntheses: syntheses(context),
  events: events(context),
  cursors: cursors(context),
  snapshots: snapshots(context),
})
