import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import CountReporter from '../support/count-reporter.ts'

/** Apart from the other tests: these need what `.ci/install-ceph.sh` installs. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/ceph/**/*.test.ts'],
    globalSetup: ['test/ceph/global-setup.ts'],
    reporters: ['default', new CountReporter()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
