import { describe, expect, it } from 'vitest'
import { must, openHarness, useHarness } from '../contracts/harness.ts'
import { appendSizes, moved, nextAttempt, recover } from '../contracts/log-steps.ts'
import { commitAll } from '../contracts/output-steps.ts'
import { fail, startRun, succeed } from '../contracts/steps.ts'
import { createDatabase } from '../support/database.ts'
import { unique } from '../support/make.ts'

const engine = {
  name: 'Postgres',
  open: async () => {
    const { url, drop } = await createDatabase()
    return await openHarness({ engine: 'pg', url }, drop)
  },
}

describe('the bytes that statistics count', () => {
  const at = useHarness(engine)
  const started = () => startRun(at().store, { projectId: unique('p') })
  const counted = async ({ projectId }: { projectId: string | null }) => {
    const { store } = at()
    while ((await store.runs.rollUp(1_000)).more);
    const rows = (await store.raw(`
      SELECT state, sum(count)::int AS count, sum("logBytes")::int AS log, sum("outputBytes")::int AS output
      FROM run_stats_hourly WHERE "projectId" = '${must(projectId)}' GROUP BY state ORDER BY state`)) as object[]
    return rows
  }

  it('are those of the log and the outputs when the run ended', async () => {
    const run = await started()
    await appendSizes(at().store, run, 10, 20)
    await commitAll(at().store, run, 'a', 'b')
    expect(await counted(run)).toEqual([])
    await moved(at().store, succeed(run))
    expect(await counted(run)).toEqual([{ state: 'succeeded', count: 1, log: 30, output: 20 }])
  })

  it('grow with a run that is called lost and goes on, and go with it when it is told what became of it', async () => {
    const run = await started()
    await appendSizes(at().store, run, 10)
    await moved(at().store, fail(run, { errorCode: 'lost' }))
    await appendSizes(at().store, run, 20, 5)
    await commitAll(at().store, run, 'a', 'b')
    expect(await counted(run)).toEqual([{ state: 'failed', count: 1, log: 35, output: 20 }])
    await moved(at().store, recover(run))
    expect(await counted(run)).toEqual([
      { state: 'failed', count: 0, log: 0, output: 0 },
      { state: 'succeeded', count: 1, log: 35, output: 20 },
    ])
  })

  it('leave with a run that is retried, and come back whole', async () => {
    const first = await started()
    await appendSizes(at().store, first, 10)
    const second = await nextAttempt(at().store, first)
    expect(await counted(first)).toEqual([{ state: 'failed', count: 0, log: 0, output: 0 }])
    await appendSizes(at().store, second, 7)
    await moved(at().store, fail(second))
    expect(await counted(first)).toEqual([{ state: 'failed', count: 1, log: 17, output: 0 }])
  })
})
