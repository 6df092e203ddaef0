import { describe } from 'vitest'
import { storeTest } from './store-test.ts'
import type { Subject } from './subject.ts'
import { artifacts } from './suites/artifacts.ts'
import { events } from './suites/events.ts'
import { executions } from './suites/executions.ts'
import { routes } from './suites/routes.ts'
import { runs } from './suites/runs.ts'
import { syntheses } from './suites/syntheses.ts'

/** Declares the whole contract as tests of one backend. */
export function describeStore(name: string, subject: Subject): void {
  describe(name, () => {
    const it = storeTest(subject)
    runs(it)
    executions(it)
    routes(it)
    artifacts(it)
    syntheses(it)
    events(it)
  })
}
