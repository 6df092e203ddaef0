import { defineConfig } from 'vitest/config'

/** Runs suites over a store with a planted fault each: to fail is what they are for. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.planted.ts'],
    setupFiles: ['./only-who-must-notice.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    dangerouslyIgnoreUnhandledErrors: true,
  },
})
