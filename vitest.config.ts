import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    // What is set up first is torn down last: the servers are gone by then.
    globalSetup: ['scripts/test/no-leftovers.ts', 'packages/conformance/src/services/vitest.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of the time goes by while databases work, so that a core left to them is a core left idle.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: longestFirst() },
  },
})

/** Short files of many tests: last, as their size suggests, they would keep one worker busy while the others have nothing left. */
function longestFirst() {
  const isLong = ({ moduleId }: TestSpecification) =>
    /^(conformance|faults|planted|differential)\b/.test(basename(moduleId))
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files)
      return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
    }
  }
}
