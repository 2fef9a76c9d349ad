import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Apart from the other tests: these need `.ci/install-tools.sh`, 730 MB that no other command asks for. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/platform/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
