import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cancelCronExecution } from '../../../lib/ledger/cron/cron-executions.ts'
import { getCronJobSecret } from '../../../lib/ledger/cron/job-secret.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { guardedOutbound } from '../../../lib/notify/guarded-outbound.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { NewCronJob } from '../../../lib/ports/cron-store.ts'
import type { CronAction } from '../../../lib/run/cron-job.ts'
import { MAX_ERROR_BYTES } from '../../../lib/run/truncate.ts'
import { executionsOf, jobNow, makeJob, minute, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, type Tenant, useLedger } from '../../support/open-ledger.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { stored } from '../steps.ts'
import { atTime, clockAt, dispatch, statusesOf } from './steps.ts'

describe('an action that enqueues', () => {
  const at = useLedger(POSTGRES)
  const here = (now = NOON) => atTime(at().as(), clockAt(now))
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  const ACTION: Extract<CronAction, { type: 'enqueue' }> = {
    type: 'enqueue',
    kind: 'report',
    input: { to: 'all' },
    priority: 2,
    maxAttempts: 1,
    timeoutSeconds: null,
    name: null,
    labels: { team: 'data' },
  }
  /** A worker's claims see to what is due, too: by the same clock. */
  const setUp = () => {
    const [ctx, tenant] = [here(), at().tenant()]
    return { ctx, tenant: { ...tenant, worker: { ...tenant.worker, cron: ctx.cron } } }
  }
  const reporting = async (ctx: Context, { projectId }: Tenant, given: Partial<NewCronJob> = {}) =>
    await makeJob(ctx.cron, { action: ACTION, projectId, ...given })

  it('adds a run in its job’s project as cron, and takes its outcome', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant)
    expect(await dispatch(ctx)).toMatchObject({ fired: 1, more: false })
    const [{ runId, id }] = [must((await executionsOf(ctx.cron, job))[0])]
    expect(await stored(at(), must(runId))).toMatchObject({
      state: 'queued',
      projectId: tenant.projectId,
      kind: 'report',
      input: { to: 'all' },
      priority: 2,
      labels: { team: 'data' },
      createdBy: 'cron',
      cronExecutionId: id,
    })
    const [claimed] = await claimRuns(tenant.worker, { workerId: 'w' })
    expect(await dispatch(ctx)).toMatchObject({ ended: 0 })
    expect(await statusesOf(ctx, job)).toEqual(['running'])
    await succeedRun(tenant.worker, {
      leaseToken: must(claimed).leaseToken,
      outputRef: 's3://report',
      exitCode: 0,
      metrics: { memoryPeakBytes: 50 * 1_048_576 },
    })
    expect(await dispatch(ctx)).toMatchObject({ ended: 1, more: false })
    const { finishedAt } = await stored(at(), must(runId))
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'completed', completedAt: finishedAt, output: 's3://report', exitCode: 0, memoryUsageMb: 50 },
    ])
  })

  it('takes what a worker says of its use, whatever that is, and stops nobody', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant)
    await dispatch(ctx)
    const [claimed] = await claimRuns(tenant.worker, { workerId: 'w' })
    await succeedRun(tenant.worker, {
      leaseToken: must(claimed).leaseToken,
      metrics: { memoryPeakBytes: Number.MAX_SAFE_INTEGER, cpuSeconds: 1e9 },
    })
    expect(await dispatch(ctx)).toMatchObject({ ended: 1, more: false })
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'completed', memoryUsageMb: 2 ** 31 - 1 },
    ])
  })

  it('that cannot be ended keeps no other job from its time', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant)
    await dispatch(ctx)
    const [claimed] = await claimRuns(tenant.worker, { workerId: 'w' })
    await succeedRun(tenant.worker, { leaseToken: must(claimed).leaseToken })
    const other = await reporting(ctx, tenant)
    const complete = () => Promise.reject(new Error('out of range'))
    const broken = { ...ctx, cron: { ...ctx.cron, complete } }
    await dispatch(broken, { until: ctx.now() + 1 })
    expect(at().logged.at(-1)).toMatchObject({ level: 'error', error: { message: 'out of range' } })
    expect(await statusesOf(ctx, other)).toEqual(['running'])
    expect(await dispatch(ctx)).toMatchObject({ ended: 1 })
    expect(await statusesOf(ctx, job)).toEqual(['completed'])
  })

  it('goes on by claims alone: its end is noted, and the next one begins', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant)
    const call = await makeJob(ctx.cron, { action: { type: 'builtin', name: 'test' } })
    const claims = async () => {
      await at().forgetChores()
      // Each an instance of its own: one looks every 15 s at most.
      const { cron: _cron, ...ports } = await at().another()
      const worker = { ...tenant.worker, ...ports, actor: tenant.worker.actor }
      return await claimRuns(worker, { workerId: 'w' })
    }
    const [claimed] = await claims()
    await succeedRun(tenant.worker, { leaseToken: must(claimed).leaseToken })
    await claims()
    expect(await statusesOf(ctx, job)).toEqual(['completed'])
    // What only a tick can do is left to it, with its time and its missed policy.
    expect(await statusesOf(ctx, call)).toEqual([])
  })

  it('whose run fails has its retries, each a run of its own', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant, { maxRetries: 1 })
    await dispatch(ctx)
    for (const attempt of [0, 1]) {
      const [claimed] = await claimRuns(tenant.worker, { workerId: 'w' })
      await failRun(tenant.worker, { leaseToken: must(claimed).leaseToken, error: 'no luck', exitCode: 3 })
      // The retry waits for a second, which this clock lets pass at once.
      await dispatch(here(minute(attempt)), { until: ctx.now() + 500 })
      await dispatch(here(minute(attempt + 1)), { until: ctx.now() + 500 })
    }
    const executions = await executionsOf(ctx.cron, job)
    expect(executions).toMatchObject([
      { status: 'failed', errorMessage: 'no luck', exitCode: 3, retryCount: 0 },
      { status: 'failed', errorMessage: 'no luck', exitCode: 3, retryCount: 1 },
    ])
    expect(new Set(executions.map(({ runId }) => runId)).size).toBe(2)
    expect(await jobNow(ctx.cron, job)).toMatchObject({ failuresInRow: 1 })
  })

  it('whose run is canceled is canceled, by whichever id', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant, { maxRetries: 1 })
    await dispatch(ctx)
    const [first] = await executionsOf(ctx.cron, job)
    await cancelRun(tenant.person, { id: must(first?.runId), reason: 'not today' })
    await dispatch(ctx)
    const { executionId } = await triggerCronJob(ctx, { job: job.id })
    await cancelCronExecution(ctx, { id: executionId })
    await dispatch(ctx)
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'canceled', reason: 'not today', retryCount: 0 },
      { status: 'canceled', reason: 'canceled by system', retryCount: 0 },
    ])
    expect(await jobNow(ctx.cron, job)).toMatchObject({ failuresInRow: 0 })
  })

  it('whose run never begins skips what follows, and says so', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant)
    await dispatch(ctx)
    await dispatch(here(minute(5)))
    expect(await statusesOf(ctx, job)).toEqual(['running', 'skipped'])
    expect(await claimRuns(tenant.worker, { workerId: 'w', limit: 10 })).toHaveLength(1)
  })

  it('that waits in a queue is enqueued when its turn comes', async () => {
    const { ctx, tenant } = setUp()
    const job = await reporting(ctx, tenant, { overlapPolicy: 'queue' })
    await dispatch(ctx)
    await dispatch(here(minute(5)))
    expect(await statusesOf(ctx, job)).toEqual(['running', 'queued'])
    const [claimed] = await claimRuns(tenant.worker, { workerId: 'w', limit: 10 })
    await succeedRun(tenant.worker, { leaseToken: must(claimed).leaseToken })
    await dispatch(here(minute(6)))
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'completed' },
      { status: 'running', startedAt: minute(6), leaseExpiresAt: null },
    ])
    expect(await claimRuns(tenant.worker, { workerId: 'w', limit: 10 })).toHaveLength(1)
  })

  it('wakes a worker that waits', async () => {
    const { ctx, tenant } = setUp()
    await reporting(ctx, tenant)
    const claims = claimRuns({ ...tenant.worker, now: Date.now }, { workerId: 'w', waitSeconds: 20 })
    await dispatch(ctx)
    expect(await claims).toHaveLength(1)
  })
})

describe('an action that calls a URL', () => {
  const at = useLedger(POSTGRES)
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver.close())
  beforeEach(async () => {
    receiver.received.splice(0)
    receiver.answer(200)
    await at().store.raw('DELETE FROM cron_jobs')
  })

  const here = (now = NOON): Context => ({
    ...atTime(at().as(), clockAt(now)),
    outbound: guardedOutbound({ allowLoopback: true }),
  })
  const calling = (ctx: Context, given: Partial<NewCronJob> = {}, url = `${receiver.url}hook`) =>
    makeJob(ctx.cron, { action: { type: 'http', url, headers: { 'X-Team': 'data' }, body: null }, ...given })
  const asText = (headers: Receiver['received'][number]['headers']) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

  it('posts the facts, signed, with the headers that were given', async () => {
    const ctx = here()
    const job = await calling(ctx)
    await dispatch(ctx)
    const [execution] = await executionsOf(ctx.cron, job)
    expect(execution).toMatchObject({ status: 'completed', output: 'answer', metrics: { status: 200 } })
    const [{ path, headers, body }] = [must(receiver.received[0])]
    expect(path).toBe('/hook')
    expect(headers).toMatchObject({ 'x-team': 'data', 'content-type': 'application/json' })
    const { secret } = await getCronJobSecret(ctx, { job: job.id })
    expect(new Webhook(secret).verify(body, asText(headers))).toEqual({
      type: 'cron.occurrence',
      timestamp: NOON,
      data: {
        cronJobId: job.id,
        name: job.name,
        executionId: execution?.id,
        scheduledFor: NOON,
        retryCount: 0,
        triggeredBy: 'scheduler',
      },
    })
  })

  it('posts what it was given to post', async () => {
    const ctx = here()
    const action = { type: 'http', url: receiver.url, headers: {}, body: { text: 'good morning' } } as const
    await calling(ctx, { action })
    await dispatch(ctx)
    expect(JSON.parse(must(receiver.received[0]).body)).toEqual({ text: 'good morning' })
  })

  it('fails where that is answered otherwise, and its retry has the same id', async () => {
    const ctx = here()
    const job = await calling(ctx, { maxRetries: 1 })
    receiver.answer(503)
    await dispatch(ctx, { until: ctx.now() + 500 })
    receiver.answer(204)
    await dispatch(here(minute(1)))
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'failed', errorMessage: 'the URL answered 503', output: 'answer', metrics: { status: 503 } },
      { status: 'completed', metrics: { status: 204 } },
    ])
    const sent = receiver.received.map(({ headers }) => [headers['webhook-id'], headers['webhook-attempt']])
    expect(sent).toEqual([
      [sent[0]?.[0], '1'],
      [sent[0]?.[0], '2'],
    ])
  })

  it('has one id for all attempts at what was triggered by hand, too', async () => {
    const ctx = here()
    const job = await calling(ctx, { maxRetries: 2, nextRunAt: null })
    receiver.answer(503)
    const { executionId } = await triggerCronJob(ctx, { job: job.id })
    for (const minutes of [0, 1, 2]) await dispatch(here(minute(minutes)), { until: ctx.now() + 500 })
    const sent = receiver.received.map(({ headers }) => [headers['webhook-id'], headers['webhook-attempt']])
    expect(sent).toEqual(['1', '2', '3'].map((attempt) => [`cron_${executionId}`, attempt]))
  })

  it('keeps no secret that is answered, whether it succeeds or not', async () => {
    const ctx = here()
    const job = await calling(ctx)
    const [token, key] = [`ghp_${'a1B2'.repeat(9)}`, 'AKIA2E0A8F3B244C9986']
    const jwt = `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxIn0'}.${'c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'}`
    const said = JSON.stringify({ ok: true, token, aws_access_key_id: key, header: `Bearer ${jwt}` })
    receiver.answer((response) => response.writeHead(200).end(said))
    await dispatch(ctx)
    receiver.answer((response) => response.writeHead(500).end(`Authorization: Bearer ${jwt}`))
    await dispatch(here(minute(5)))
    const [good, bad] = await executionsOf(ctx.cron, job)
    expect(good?.output).toContain('"ok":true')
    expect(bad?.errorMessage).toBe('the URL answered 500')
    const all = JSON.stringify([good, bad])
    for (const secret of [token, key, jwt]) expect(all).not.toContain(secret)
  })

  it('keeps no half of a secret where its answer is cut', async () => {
    const ctx = here()
    const job = await calling(ctx)
    const token = `ghp_${'a1B2'.repeat(9)}`
    // The token lies where the answer is cut, but for the note that says so.
    const before = 'x'.repeat(MAX_ERROR_BYTES - 60)
    receiver.answer((response) => response.writeHead(200).end(`${before} ${token} ${'y'.repeat(100_000)}`))
    await dispatch(ctx)
    const [execution] = await executionsOf(ctx.cron, job)
    const output = execution?.output ?? ''
    expect(output.replace(before, '')).toMatch(/^ \*{10,40}\n… \d+ bytes left out …$/)
  })

  it('is timed out at its limit', async () => {
    const ctx = here()
    const job = await calling(ctx, { timeoutMs: 200 })
    receiver.answer(() => {})
    await dispatch(ctx)
    expect(await statusesOf(ctx, job)).toEqual(['timeout'])
  })

  it.each([
    'http://127.0.0.1:1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:10.0.0.1]/',
    'http://localhost:1/',
  ])('to %s is refused and recorded, and not tried again', async (url) => {
    const ctx = { ...here(), outbound: guardedOutbound({}) }
    const job = await calling(ctx, { maxRetries: 3 }, url)
    await dispatch(ctx)
    const executions = await executionsOf(ctx.cron, job)
    expect(executions).toMatchObject([{ status: 'failed', retryCount: 0, stackTrace: null }])
    expect(executions[0]?.errorMessage).toBeTruthy()
    expect(receiver.received).toEqual([])
  })

  it.each([
    ['10.0.0.1'],
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['::ffff:10.0.0.1'],
    ['fd00::1'],
    ['93.184.216.34', '10.0.0.1'],
  ])('to a name that resolves to %s is refused and recorded, and not tried again', async (...addresses) => {
    const resolved = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const ctx = { ...here(), outbound: guardedOutbound({ resolve: async () => resolved }) }
    const before = receiver.connections()
    const job = await calling(ctx, { maxRetries: 3 }, `http://inside.example:${receiver.port}/hook`)
    await dispatch(ctx, { until: ctx.now() + 500 })
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      {
        status: 'failed',
        errorMessage: `inside.example:${receiver.port} is not on the public internet, and nothing else is called`,
        stackTrace: null,
        retryCount: 0,
      },
    ])
    expect(receiver.connections()).toBe(before)
  })

  it.each([301, 302, 303, 307, 308])(
    'that is answered %i and an address inside is refused and recorded, not followed, and not tried again',
    async (status) => {
      const inside = await startReceiver()
      try {
        const ctx = here()
        const job = await calling(ctx, { maxRetries: 3 })
        receiver.answer((response) => response.writeHead(status, { location: inside.url }).end('over there'))
        await dispatch(ctx, { until: ctx.now() + 500 })
        expect(await executionsOf(ctx.cron, job)).toMatchObject([
          {
            status: 'failed',
            errorMessage: `the URL answered ${status}, and no redirect is followed`,
            output: 'over there',
            metrics: { status },
            retryCount: 0,
          },
        ])
        expect(receiver.received).toHaveLength(1)
        expect(inside.connections()).toBe(0)
      } finally {
        await inside.close()
      }
    },
  )
})
