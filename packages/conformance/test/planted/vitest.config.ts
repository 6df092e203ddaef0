import { defineConfig } from 'vitest/config'

/** Runs the suites over stores with planted faults: to fail is what these tests are for. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.planted.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Many of these tests do nothing but wait for what never happens.
    maxWorkers: 5,
    dangerouslyIgnoreUnhandledErrors: true,
  },
})
