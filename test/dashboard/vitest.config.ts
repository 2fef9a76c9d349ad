import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import CountReporter from '../support/count-reporter.ts'

/** Apart from the other tests: these need the browser that `.ci/install-chromium.sh` installs. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/dashboard/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // A browser and a server each.
    maxWorkers: 2,
    reporters: ['default', new CountReporter()],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
