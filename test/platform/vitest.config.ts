import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import CountReporter from '../support/count-reporter.ts'

/** Apart from the other tests: these need `.ci/install-tools.sh`, 730 MB that no other command asks for. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/platform/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', new CountReporter()],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
