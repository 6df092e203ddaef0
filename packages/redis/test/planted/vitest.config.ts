import { defineConfig } from 'vitest/config'

/** Runs tests of the package over a package with a planted fault each: to fail is what they are for. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.planted.ts'],
    setupFiles: ['./only-who-must-notice.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    dangerouslyIgnoreUnhandledErrors: true,
  },
})
