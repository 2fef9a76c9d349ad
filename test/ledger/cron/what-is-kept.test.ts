import { describe, expect, it } from 'vitest'
import type { Builtin } from '../../../lib/ledger/cron/builtins.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { CronExecution } from '../../../lib/run/cron-execution.ts'
import { MAX_ERROR_BYTES } from '../../../lib/run/truncate.ts'
import { executionsOf, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { atTime, builtinJob, clockAt, dispatch, doing } from './steps.ts'

const at = useLedger(POSTGRES)
const here = () => atTime(at().as(), clockAt(NOON))

/** The one execution of a job of this builtin. */
async function performed(ctx: Context, builtin: Builtin): Promise<CronExecution> {
  const job = await builtinJob(ctx)
  await dispatch(ctx, { builtins: doing(builtin) })
  const [execution, ...more] = await executionsOf(ctx.cron, job)
  expect(more).toEqual([])
  return must(execution)
}

describe('what an execution took', () => {
  it('is the share of a processor that its process had meanwhile, and the memory that it has', async () => {
    const given = here()
    let [now, burnedMs] = [given.now(), 0]
    const ctx = { ...given, now: () => now }
    const cpuMs = () => ctx.usage().cpuMs
    const began = cpuMs()
    const { cpuUsagePercent, memoryUsageMb } = await performed(ctx, async () => {
      const from = cpuMs()
      while (burnedMs < 300) burnedMs = cpuMs() - from
      now += 1_000
      return { success: true, message: 'burned', metrics: {} }
    })
    // Of the one second that the clock has gone on by: what was burned, and no more than all.
    expect(cpuUsagePercent).toBeGreaterThanOrEqual(Math.round(burnedMs / 10))
    expect(cpuUsagePercent).toBeLessThanOrEqual(Math.round((cpuMs() - began) / 10))
    expect(memoryUsageMb).toBeGreaterThan(0)
  })
})

describe('what an execution threw', () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text).length
  it('is kept to 16 KB of its message and of its stack, both ends of each', async () => {
    const { status, errorMessage, stackTrace } = await performed(here(), async () => {
      throw new Error(`begin ${'ß'.repeat(500_000)} end`)
    })
    expect(status).toBe('failed')
    expect(errorMessage).toMatch(/^begin ß+\n… \d+ bytes left out …\nß+ end$/)
    expect(stackTrace).toMatch(/^Error: begin ß+\n… \d+ bytes left out …\n[\s\S]*what-is-kept\.test/)
    expect(bytesOf(must(errorMessage))).toBeLessThanOrEqual(MAX_ERROR_BYTES)
    expect(bytesOf(must(stackTrace))).toBeLessThanOrEqual(MAX_ERROR_BYTES)
  })

  it('has no half of a secret where it is cut', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`
    const { errorMessage, stackTrace } = await performed(here(), async () => {
      throw new Error(`${token} `.repeat(1_000))
    })
    for (const text of [errorMessage, stackTrace]) {
      expect(text).toContain('bytes left out')
      expect(text).not.toMatch(/a1B2|ghp_[^*]/)
    }
  })
})
