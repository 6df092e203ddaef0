import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    globalSetup: ['packages/conformance/src/services/vitest.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
