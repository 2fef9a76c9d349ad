import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CronExecution } from '../../../lib/run/cron-execution.ts'
import type { CronJob } from '../../../lib/run/cron-job.ts'
import { executionsOf, makeJob } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { expectWhy } from './month/expect-why.ts'
import { END, expectedTimes, START } from './month/expected.ts'
import { JOBS } from './month/jobs.ts'
import { openWorld, type World } from './month/world.ts'

const SEED = 20_260_307
const TIMEOUT_MS = 600_000

describe('a month of fifty jobs in four zones, with changes of the clock either way', () => {
  const at = useLedger(POSTGRES)
  let world: World
  beforeAll(async () => {
    const { address } = at()
    if (address.engine === 'sqlite') throw new Error('cron needs a server')
    world = await openWorld(at().as(), address.url, { start: START, seed: SEED })
  })
  afterAll(() => world.close())

  it('fires no occurrence twice and loses none, whoever calls, how often, and is killed', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { cron } = at().store
    const jobs = await Promise.all(JOBS.map((job) => makeJob(cron, { ...job, nextRunAt: firstTime(job) })))
    await passTheMonth()
    await workOffTheRest()
    const all: CronExecution[] = []
    for (const job of jobs) {
      const executions = await everyExecutionOf(job)
      expectAllAccountedFor(job, executions)
      expectWhy(job, executions, world.calls)
      expectNoneTwice(executions)
      all.push(...executions)
    }
    await expectRunsToMatch(all)
    // The month was as bad as it was meant to be.
    expect(world.kills()).toBeGreaterThan(100)
    expect(new Set(all.map(({ status }) => status))).toEqual(
      new Set(['completed', 'failed', 'timeout', 'missed', 'skipped']),
    )
  })

  const firstTime = ({ schedule, timeZone }: { schedule: string; timeZone: string }) =>
    must(expectedTimes(schedule, timeZone)[0])

  /** The servers tick at random, the platform calls late, twice or not at all, and now and then nobody is there for hours. */
  async function passTheMonth(): Promise<void> {
    const { clock, random } = world
    while (clock.now < END) {
      clock.pass(random() < 0.01 ? random() * 1_200 : 1 + random() * 60)
      if (clock.now > END) clock.now = END
      const calls = [0, 1, 2, 2].filter(() => random() < 0.4)
      await Promise.all(calls.map((caller) => world.call(caller)))
      await world.work()
    }
  }

  /** Of what was due until the end; later on nothing is. */
  async function workOffTheRest(): Promise<void> {
    const { store } = at()
    const call = () => world.call(0, { mayBeKilled: false })
    while ((await store.cron.look(END)).due) await call()
    await store.raw(`UPDATE cron_jobs SET "isEnabled" = false`)
    while ((await store.cron.listExecutions({ status: ['queued', 'running'], limit: 1 })).length > 0) {
      world.clock.pass(60)
      await call()
      await world.work()
    }
  }

  async function everyExecutionOf(job: CronJob): Promise<CronExecution[]> {
    const [counted] = await at().store.cron.statistics([job.id], START)
    const executions = await executionsOf(at().store.cron, job, 10_000)
    expect(executions).toHaveLength(
      Object.values(must(counted).byStatus).reduce((sum, count) => sum + count, 0),
    )
    return executions
  }

  /** Each occurrence of the table is there once, and no other. */
  function expectAllAccountedFor({ schedule, timeZone }: CronJob, executions: CronExecution[]): void {
    const first = executions.filter(({ retryCount }) => retryCount === 0)
    const times = first.map(({ scheduledFor }) => must(scheduledFor)).toSorted()
    expect(times, `${schedule} in ${timeZone}`).toEqual(expectedTimes(schedule, timeZone))
  }

  /** Nothing was done twice, nothing that was missed or skipped was done, and a retry follows only what failed. */
  function expectNoneTwice(executions: CronExecution[]): void {
    for (const { id, status, startedAt } of executions) {
      const done = world.performed.get(id) ?? []
      const most = status === 'missed' || status === 'skipped' ? 0 : 1
      expect(done.length, `${status} ${id}`).toBeLessThanOrEqual(most)
      for (const time of done) expect(time).toBe(startedAt)
    }
    for (const attempts of Map.groupBy(executions, ({ scheduledFor }) => scheduledFor).values()) {
      const inOrder = attempts.toSorted((a, b) => a.retryCount - b.retryCount)
      expect(inOrder.map(({ retryCount }) => retryCount)).toEqual(inOrder.map((_, n) => n))
      expect(inOrder.slice(0, -1).every(({ status }) => status === 'failed' || status === 'timeout')).toBe(
        true,
      )
    }
  }

  /** What was enqueued and what waits for it came together, or neither did. */
  async function expectRunsToMatch(executions: CronExecution[]): Promise<void> {
    const runs = (await at().store.raw(
      `SELECT id, "cronExecutionId" FROM runs WHERE "cronExecutionId" IS NOT NULL`,
    )) as { id: string; cronExecutionId: string }[]
    const made = runs.map(({ id, cronExecutionId }) => `${cronExecutionId} ${id}`).toSorted()
    const waitedFor = executions.flatMap(({ id, runId }) => (runId === null ? [] : [`${id} ${runId}`]))
    expect(made).toEqual(waitedFor.toSorted())
    expect(made.length).toBeGreaterThan(300)
  }
})
