import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import CountReporter from '../support/count-reporter.ts'

/** Apart from the other tests: these need what `.ci/install-ceph.sh` installs. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/ceph/**/*.test.ts'],
    // The archives of runs are also tried there, and are known to a database.
    globalSetup: ['test/ceph/global-setup.ts', 'test/support/global-setup.ts'],
    reporters: ['default', new CountReporter()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
