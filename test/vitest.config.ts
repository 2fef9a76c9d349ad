import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import CountReporter from './support/count-reporter.ts'

export default defineConfig({
  root: resolve(import.meta.dirname, '..'),
  test: {
    include: ['test/**/*.test.ts'],
    // They need tools that are not in package.json, and have a configuration of their own.
    exclude: ['test/platform/**', 'test/ceph/**', 'test/dashboard/**'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Most of what takes long waits for something: two at once also where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', new CountReporter()],
  },
})
