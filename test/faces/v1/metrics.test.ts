import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { placeOf, scrape } from '../../support/scrape.ts'
import { claim, enqueue, enqueueMany, loseLease, report, startOne, useApp } from './steps.ts'

/** A run of this kind that waited and ran for so long, and then came to this end. */
async function ended(
  app: TestApp,
  kind: string,
  { waited = 0, ran = 0, as = 'succeed' }: { waited?: number; ran?: number; as?: 'succeed' | 'fail' } = {},
): Promise<string> {
  const { run, leaseToken } = await startOne(app, { projectId: unique('p'), kind })
  const earlier = (seconds: number) => `"claimedAt" - interval '${seconds} seconds'`
  await app.raw(
    `UPDATE runs SET "startedAt" = ${earlier(ran)}, "runAt" = ${earlier(ran + waited)},
       "createdAt" = ${earlier(ran + waited)} WHERE id = '${run.id}'`,
  )
  const { status } = await report(app, run.id, as, {
    leaseToken,
    ...(as === 'fail' ? { error: 'no', retryable: false } : {}),
  })
  expect(status).toBe(200)
  return run.id
}

describe('GET /metrics', () => {
  const at = useApp()

  it('of a ledger in which nothing has happened says so', async () => {
    const found = await scrape(at())
    expect(found.value('runledger_runs', { state: 'queued' })).toBe(0)
    expect(found.value('runledger_cron_overdue_seconds')).toBe(0)
    expect(found.value('runledger_run_success_ratio')).toBeUndefined()
    expect(found.value('runledger_sweep_age_seconds', { kind: 'stale' })).toBeUndefined()
    expect(found.value('runledger_deliveries', { status: 'pending' })).toBe(0)
    expect(found.value('runledger_storage_bytes', { part: 'database' })).toBeGreaterThan(1_000_000)
  })

  it('counts what waits, and tells for how long', async () => {
    const kind = unique('waiting')
    const { id } = await enqueue(at(), { kind })
    await enqueue(at(), { kind })
    await enqueue(at(), { kind, runAt: new Date(Date.now() + 3_600_000).toISOString() })
    await at().raw(`UPDATE runs SET "runAt" = now() - interval '1000 seconds' WHERE id = '${id}'`)
    const found = await scrape(at())
    expect(found.value('runledger_queue_depth', { kind })).toBe(3)
    expect(found.value('runledger_queue_due', { kind })).toBe(2)
    const age = found.value('runledger_queue_oldest_age_seconds', { kind })
    expect(age).toBeGreaterThanOrEqual(1_000)
    expect(age).toBeLessThan(2_000)
  })

  it('has a zero for a kind of which nothing waits any more', async () => {
    const kind = unique('done')
    await ended(at(), kind)
    const found = await scrape(at())
    expect(found.value('runledger_queue_depth', { kind })).toBe(0)
    expect(found.value('runledger_queue_oldest_age_seconds', { kind })).toBe(0)
    expect(found.value('runledger_runs_ended_total', { kind, state: 'succeeded' })).toBe(1)
    expect(found.value('runledger_runs_ended_total', { kind, state: 'failed' })).toBe(0)
  })

  it('tells how long runs took and how long they had waited', async () => {
    const kind = unique('slow')
    await ended(at(), kind, { waited: 100, ran: 3_000 })
    const found = await scrape(at())
    const took = found.histogram('runledger_run_duration_seconds', { kind })
    expect(placeOf(took)).toEqual({ above: 2_097.152, upTo: 4_194.304 })
    expect(took.sum).toBeGreaterThanOrEqual(3_000)
    expect(took.sum).toBeLessThan(3_500)
    const waited = found.histogram('runledger_run_wait_seconds', { kind })
    expect(placeOf(waited)).toEqual({ above: 65.536, upTo: 131.072 })
    expect(waited.sum).toBe(100)
  })

  it('has a place for what is shorter and what is longer than the edges', async () => {
    const kind = unique('any')
    await ended(at(), kind, { waited: 0, ran: 400_000 })
    const found = await scrape(at())
    expect(placeOf(found.histogram('runledger_run_duration_seconds', { kind }))).toEqual({
      above: 268_435.456,
      upTo: Number.POSITIVE_INFINITY,
    })
    expect(placeOf(found.histogram('runledger_run_wait_seconds', { kind }))).toEqual({
      above: 0,
      upTo: 0.016,
    })
  })

  it('counts a wait from when a run was due, not from an instant before it was there', async () => {
    const kind = unique('backdated')
    const projectId = unique('p')
    const { run, leaseToken } = await startOne(at(), { kind, projectId, runAt: '2001-01-01T00:00:00Z' })
    await report(at(), run.id, 'succeed', { leaseToken })
    const { count, sum } = (await scrape(at())).histogram('runledger_run_wait_seconds', { kind })
    expect(count).toBe(1)
    expect(sum).toBeLessThan(1_000)
  })

  it('counts no wait of a run that was never in the queue, and none of one that was never started', async () => {
    const kind = unique('born')
    const body = { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G', kind, workerId: 'w' }
    const started = await at().request<{ leaseToken: string }>('POST', '/v1/runs:start', { body })
    await report(at(), body.id, 'succeed', { leaseToken: started.json.leaseToken })
    const { id } = await enqueue(at(), { kind })
    await report(at(), id, 'cancel')
    const found = await scrape(at())
    expect(found.histogram('runledger_run_wait_seconds', { kind }).count).toBe(0)
    expect(found.histogram('runledger_run_duration_seconds', { kind }).count).toBe(1)
    expect(found.value('runledger_runs_ended_total', { kind, state: 'canceled' })).toBe(1)
  })

  it('never counts down: a run that is retried by hand ends once more', async () => {
    const kind = unique('retried')
    const ends = async () => {
      const found = await scrape(at())
      const counted = found.value('runledger_runs_ended_total', { kind, state: 'failed' })
      return [counted, found.histogram('runledger_run_duration_seconds', { kind }).count]
    }
    const id = await ended(at(), kind, { as: 'fail' })
    const { projectId } = (await at().request<{ projectId: string }>('GET', `/v1/runs/${id}`)).json
    expect(await ends()).toEqual([1, 1])
    await report(at(), id, 'retry')
    expect(await ends()).toEqual([1, 1])
    const [again] = await claim(at(), { projectId })
    await report(at(), id, 'fail', { leaseToken: again?.leaseToken, error: 'no', retryable: false })
    expect(await ends()).toEqual([2, 2])
  })

  it('counts the end of a lost run and that of its recovery, and what it had waited once', async () => {
    const kind = unique('lost')
    const { run, leaseToken } = await startOne(at(), { kind, projectId: unique('p') })
    await loseLease(at(), run.id)
    const lost = await scrape(at())
    expect(lost.value('runledger_runs_ended_total', { kind, state: 'failed' })).toBe(1)
    await at().request('POST', `/v1/runs/${run.id}/logs`, {
      raw: 'a line\n',
      headers: { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' },
    })
    const grown = await scrape(at())
    expect(grown.value('runledger_runs_ended_total', { kind, state: 'failed' })).toBe(1)
    const { status } = await report(at(), run.id, 'succeed', { leaseToken })
    expect(status).toBe(200)
    const found = await scrape(at())
    expect(found.value('runledger_runs_ended_total', { kind, state: 'failed' })).toBe(1)
    expect(found.value('runledger_runs_ended_total', { kind, state: 'succeeded' })).toBe(1)
    expect(found.histogram('runledger_run_wait_seconds', { kind }).count).toBe(1)
  })

  it.each(['runs:read', 'runs:write', 'runs:work'] as const)(
    'is not for a key of a project with %s',
    async (scope) => {
      const { key } = await at().makeKey({ scopes: [scope], projectId: unique('p') })
      const { status, json } = await at().request('GET', '/metrics', { key })
      expect({ status, code: json.code }).toEqual({ status: 403, code: 'forbidden' })
    },
  )
})

describe('GET /metrics of a ledger with few runs', () => {
  const at = useApp()

  it('counts runs by state, of all projects together', async () => {
    for (const as of ['succeed', 'succeed', 'fail'] as const) await ended(at(), 'a', { as })
    const { id } = await enqueue(at(), { kind: 'a' })
    await report(at(), id, 'cancel')
    await startOne(at(), { kind: 'b', projectId: unique('p') })
    await enqueueMany(at(), [{ kind: 'c' }, { kind: 'c' }])
    const found = await scrape(at())
    const states = found.labelsOf('runledger_runs').map(({ state }) => state)
    expect(states.map((state) => [state, found.value('runledger_runs', { state: state ?? '' })])).toEqual([
      ['queued', 2],
      ['running', 1],
      ['succeeded', 2],
      ['failed', 1],
      ['canceled', 1],
    ])
    expect(found.value('runledger_run_success_ratio')).toBeCloseTo(2 / 3)
  })

  it('takes a failure back where a run is retried, as far as it is no counter', async () => {
    const id = await ended(at(), 'd', { as: 'fail' })
    const before = (await scrape(at())).value('runledger_runs', { state: 'failed' })
    await report(at(), id, 'retry')
    expect((await scrape(at())).value('runledger_runs', { state: 'failed' })).toBe((before ?? 0) - 1)
  })

  it('counts the bytes of logs and outputs', async () => {
    const { run, leaseToken } = await startOne(at(), { kind: 'e', projectId: unique('p') })
    await at().request('POST', `/v1/runs/${run.id}/logs`, {
      raw: 'seven b\n',
      headers: { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' },
    })
    await report(at(), run.id, 'succeed', { leaseToken })
    const [row] = (await at().raw(`SELECT "logBytes" FROM runs WHERE id = '${run.id}'`)) as {
      logBytes: number
    }[]
    const found = await scrape(at())
    expect(found.value('runledger_storage_bytes', { part: 'logs' })).toBe(row?.logBytes)
    expect(found.value('runledger_storage_bytes', { part: 'outputs' })).toBe(0)
  })
})

describe('GET /metrics of many kinds', () => {
  const at = useApp()

  it('tells apart those known longest, and sums the rest; a kind never passes from one to the other', async () => {
    const kinds = Array.from({ length: 53 }, (_, n) => `kind-${String(n).padStart(2, '0')}`)
    for (const kind of kinds) await enqueue(at(), { kind })
    await enqueueMany(
      at(),
      Array.from({ length: 20 }, () => ({ kind: 'kind-52' })),
    )
    const first = await scrape(at())
    expect(first.labelsOf('runledger_queue_depth').map(({ kind }) => kind)).toEqual([
      ...kinds.slice(0, 50),
      '_other',
    ])
    expect(first.value('runledger_queue_depth', { kind: '_other' })).toBe(23)
    await ended(at(), 'kind-51')
    await ended(at(), 'kind-52')
    const found = await scrape(at())
    expect(found.value('runledger_runs_ended_total', { kind: '_other', state: 'succeeded' })).toBe(2)
    expect(found.histogram('runledger_run_wait_seconds', { kind: '_other' }).count).toBe(2)
    expect(found.histogram('runledger_run_wait_seconds', { kind: 'kind-00' }).count).toBe(0)
    expect(found.labelsOf('runledger_queue_depth')).toHaveLength(51)
  })
})

describe('GET /metrics of what goes on around the runs', () => {
  const at = useApp()

  it('tells of cron jobs and their executions', async () => {
    const body = { schedule: '0 2 * * *', action: { type: 'enqueue', kind: 'a' } }
    for (const name of ['on-time', 'late', 'off'])
      await at().request('POST', '/v1/cron-jobs', { body: { ...body, name, isEnabled: name !== 'off' } })
    await at().raw(
      `UPDATE cron_jobs SET "nextRunAt" = now() - interval '500 seconds', "failuresInRow" = 2 WHERE name = 'late';
       INSERT INTO cron_job_executions (id, "cronJobId", "scheduledFor", "retryCount", status, "lateMs", "createdAt")
       SELECT 'e' || n, id, now() - n * interval '1 minute', 0,
         CASE WHEN n > 100 THEN 'missed' WHEN n % 4 = 0 THEN 'failed' ELSE 'completed' END,
         n * 1000, now() - CASE WHEN n = 1 THEN 25 ELSE 1 END * interval '1 hour'
       FROM cron_jobs, generate_series(1, 105) AS n WHERE name = 'late'`,
    )
    const found = await scrape(at())
    expect(found.value('runledger_cron_jobs', { enabled: 'true' })).toBe(2)
    expect(found.value('runledger_cron_jobs', { enabled: 'false' })).toBe(1)
    expect(found.value('runledger_cron_jobs_failing')).toBe(1)
    expect(found.value('runledger_cron_jobs_with_problem')).toBe(0)
    expect(found.value('runledger_cron_overdue_seconds')).toBeGreaterThanOrEqual(500)
    expect(found.value('runledger_cron_recent_executions', { status: 'completed' })).toBe(74)
    expect(found.value('runledger_cron_recent_executions', { status: 'failed' })).toBe(25)
    expect(found.value('runledger_cron_recent_executions', { status: 'missed' })).toBe(5)
    expect(found.value('runledger_cron_recent_executions', { status: 'timeout' })).toBe(0)
    expect(found.value('runledger_cron_lateness_max_seconds')).toBe(100)
    expect(found.value('runledger_cron_lateness_p95_seconds')).toBe(96)
  })

  it('tells how the last sweep stands and when one completed', async () => {
    await at().request('POST', '/v1/sweeps', { body: { kind: 'stale' } })
    await at().raw(`UPDATE sweeps SET "completedAt" = now() - interval '3 days'`)
    const completed = await scrape(at())
    expect(completed.value('runledger_sweep_status', { kind: 'stale', status: 'completed' })).toBe(1)
    await at().raw(
      `INSERT INTO sweeps (id, kind, status, "dryRun", "completedAt", "requestedBy") VALUES
         ('7ZZZZZZZZZZZZZZZZZZZZZZZZY', 'stale', 'partial', false, now(), 'cron'),
         ('7ZZZZZZZZZZZZZZZZZZZZZZZZZ', 'stale', 'completed', true, now(), 'somebody who only looks')`,
    )
    const found = await scrape(at())
    const age = found.value('runledger_sweep_age_seconds', { kind: 'stale' })
    expect(age).toBeGreaterThanOrEqual(3 * 86_400)
    expect(age).toBeLessThan(3 * 86_400 + 3_600)
    const status = (name: string) => found.value('runledger_sweep_status', { kind: 'stale', status: name })
    expect(['running', 'completed', 'partial', 'failed'].map(status)).toEqual([0, 0, 1, 0])
  })

  it('calls a sweep failed whose process has gone', async () => {
    await at().raw(
      `INSERT INTO sweeps (id, kind, status, "leaseExpiresAt", "requestedBy")
       VALUES ('8', 'stale', 'running', now() - interval '1 second', 'cron')`,
    )
    const found = await scrape(at())
    expect(found.value('runledger_sweep_status', { kind: 'stale', status: 'failed' })).toBe(1)
    expect(found.value('runledger_sweep_status', { kind: 'stale', status: 'running' })).toBe(0)
  })

  it('counts deliveries that wait and those given up, and open alerts by type', async () => {
    await at().raw(
      `INSERT INTO deliveries ("eventId", "eventType", payload, status)
       SELECT 'e' || n, 'run.failed', '{}', CASE WHEN n <= 3 THEN 'pending' WHEN n <= 5 THEN 'failed' ELSE 'delivered' END
       FROM generate_series(1, 9) AS n;
       INSERT INTO alerts (key, type, message, "resolvedAt") VALUES ('a', 'cron.failing', 'a', NULL),
         ('b', 'cron.failing', 'b', NULL), ('c', 'webhook.disabled', 'c', NULL), ('d', 'sweep.overdue', 'd', now())`,
    )
    const found = await scrape(at())
    expect(found.value('runledger_deliveries', { status: 'pending' })).toBe(3)
    expect(found.value('runledger_deliveries', { status: 'failed' })).toBe(2)
    expect(found.value('runledger_alerts_open', { type: 'cron.failing' })).toBe(2)
    expect(found.value('runledger_alerts_open', { type: 'webhook.disabled' })).toBe(1)
    expect(found.value('runledger_alerts_open', { type: 'sweep.overdue' })).toBeUndefined()
  })
})
