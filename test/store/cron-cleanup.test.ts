import { describe, expect, it } from 'vitest'
import { claim, completion, fire, makeJob, minute, occurrence } from '../contracts/cron-steps.ts'
import { must, useHarness } from '../contracts/harness.ts'
import { POSTGRES } from '../support/open-ledger.ts'

const SKIPPED = 20_000

describe('forgetting executions of a job that has been skipped ever since it last ran', () => {
  const at = useHarness(POSTGRES)

  /** How many rows of the table have been read; what a connection has read is counted with its next statement. */
  const rowsRead = async () => {
    const { raw } = at().store
    await raw('SELECT pg_stat_force_next_flush()')
    const [row] = await raw(
      `SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_user_tables WHERE relname = 'cron_job_executions'`,
    )
    return (row as { rows: number }).rows
  }

  it('does not read what was skipped', async () => {
    const { cron, raw } = at().store
    const job = await makeJob(cron)
    await fire(cron, job, { occurrences: [occurrence()] })
    const [ran] = await claim(cron, minute(1), job)
    await cron.complete(completion(must(ran)))
    await raw(`
      INSERT INTO cron_job_executions (id, "cronJobId", "scheduledFor", status, "createdAt")
      SELECT 'Z' || n, '${job.id}', '${minute(0)}'::timestamptz + n * interval '1 minute', 'skipped',
        '${minute(0)}'::timestamptz + n * interval '1 minute'
      FROM generate_series(10, ${SKIPPED + 9}) n`)
    await raw('VACUUM ANALYZE cron_job_executions')
    const before = await rowsRead()
    // It is old, and the last that ran.
    expect(await cron.deleteExecutions(minute(5), 100)).toBe(0)
    expect((await rowsRead()) - before).toBeLessThan(SKIPPED / 100)
    expect(await cron.deleteExecutions(minute(15), 100)).toBe(5)
    expect(await cron.getExecution(must(ran).execution.id)).toMatchObject({ status: 'completed' })
  })
})
