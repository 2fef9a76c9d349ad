import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { completeRuns, failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { updateWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import type { WebhookEvent } from '../../../lib/run/webhook.ts'
import { unique } from '../../support/make.ts'
import type { TestLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal, stored, working } from '../steps.ts'
import { bodiesOf, deliverAll, deliveriesOf, hook, type Notices, useNotices } from './steps.ts'

const at = useNotices()

/** The types of what was to be delivered to a webhook, in the order of the events. */
const typesFor = async (notices: Notices, webhook: { id: string }) =>
  (await deliveriesOf(notices, webhook)).map(({ eventType }) => eventType).toReversed()

const lapse = ({ shift }: TestLedger, id: string) => shift([id], 'leaseExpiresAt', -7_200)

describe('what happens to a run', () => {
  it('is told as it is once it has happened', async () => {
    await hook(at())
    const { ledger } = at()
    const tenant = ledger.tenant()
    const item = { kind: 'script.pull', name: 'Nightly pull', labels: { team: 'a' }, maxAttempts: 3 }
    const { id, leaseToken } = await working(tenant, item)
    await failRun(tenant.worker, { id, leaseToken, error: 'no such table: ä', exitCode: 3, retryable: false })
    await deliverAll(at())
    const run = await stored(ledger, id)
    expect(bodiesOf(at())).toEqual([
      {
        type: 'run.failed',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        data: {
          runId: id,
          projectId: tenant.projectId,
          kind: 'script.pull',
          name: 'Nightly pull',
          labels: { team: 'a' },
          state: 'failed',
          attempt: 1,
          maxAttempts: 3,
          error: 'no such table: ä',
          errorCode: 'error',
          exitCode: 3,
          createdBy: 'person',
          actor: 'worker',
          startedAt: run.startedAt,
          finishedAt: run.finishedAt,
        },
      },
    ])
  })

  it('is told where it ends, is lost or comes back, and nowhere else', async () => {
    const webhook = await hook(at())
    const { ledger } = at()
    const tenant = ledger.tenant()
    const { person, worker } = tenant

    const first = await working(tenant, { maxAttempts: 2 })
    await heartbeatRun(worker, { ...tokenOf(first), progress: 50 })
    await failRun(worker, { ...tokenOf(first), error: 'once', retryable: true })
    expect(await typesFor(at(), webhook)).toEqual([])
    await cancelRun(person, { id: first.id })
    expect(await typesFor(at(), webhook)).toEqual(['run.canceled'])
    await retryRun(person, { id: first.id })
    await cancelRun(person, { id: first.id })

    const second = await working(tenant)
    await succeedRun(worker, tokenOf(second))

    const third = await working(tenant)
    await lapse(ledger, third.id)
    await sweepLost(ledger.as())
    await succeedRun(worker, tokenOf(third))

    const fourth = await working(tenant, { maxAttempts: 2 })
    await lapse(ledger, fourth.id)
    await sweepLost(ledger.as())
    expect(await typesFor(at(), webhook)).toEqual([
      'run.canceled',
      'run.canceled',
      'run.succeeded',
      'run.lost',
      'run.failed',
      'run.recovered',
      'run.succeeded',
      'run.lost',
    ])
  })

  it('is told of each run of a batch once', async () => {
    const webhook = await hook(at(), { events: ['run.succeeded'] })
    const tenant = at().ledger.tenant()
    const held = []
    for (let n = 0; n < 25; n++) held.push(await working(tenant))
    const reports = held.map(({ leaseToken }) => ({ leaseToken, outcome: 'succeeded' as const }))
    await completeRuns(tenant.worker, reports)
    await deliverAll(at())
    expect(
      bodiesOf(at())
        .map(({ data }) => data.runId)
        .toSorted(),
    ).toEqual(held.map(({ id }) => id).toSorted())
    expect(new Set(at().receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(25)
    expect(await deliveriesOf(at(), webhook)).toHaveLength(25)
  })

  it('that did not happen is not told', async () => {
    const webhook = await hook(at())
    const tenant = at().ledger.tenant()
    const held = await working(tenant)
    await succeedRun(tenant.worker, tokenOf(held))
    // The same again is answered, and is no second event; another end is refused.
    await succeedRun(tenant.worker, tokenOf(held))
    expect((await refusal(failRun(tenant.worker, { ...tokenOf(held), error: 'no' }))).code).toBe('lease_lost')
    expect((await refusal(cancelRun(tenant.person, { id: held.id }))).code).toBe('conflict')
    expect(await typesFor(at(), webhook)).toEqual(['run.succeeded'])
  })

  it('never tells of its input, and of a long error the beginning', async () => {
    await hook(at())
    const tenant = at().ledger.tenant()
    const { id, leaseToken } = await working(tenant, { input: { table: 'geheim' } })
    await failRun(tenant.worker, { id, leaseToken, error: 'x'.repeat(5_000), retryable: false })
    await deliverAll(at())
    expect(
      at()
        .receiver.received.map(({ body }) => body)
        .join(),
    ).not.toContain('geheim')
    expect(bodiesOf(at()).map(({ data }) => data.error)).toEqual(['x'.repeat(2_000)])
  })
})

describe('a webhook', () => {
  const ends = async (kind: string, projectId: string | null) => {
    const ctx = at().ledger.as()
    const { id } = await enqueued(ctx, { kind, projectId })
    await cancelRun(ctx, { id })
  }

  it.each<[what: string, events: WebhookEvent[], told: boolean]>([
    ['its very type', ['run.canceled'], true],
    ['its family', ['run.*'], true],
    ['its type among others', ['cron.failed', 'run.lost', 'run.canceled'], true],
    ['another type', ['run.failed'], false],
    ['another family', ['cron.*'], false],
  ])('that wants %s is told accordingly', async (_, events, told) => {
    const webhook = await hook(at(), { events })
    await ends('a', null)
    expect(await typesFor(at(), webhook)).toEqual(told ? ['run.canceled'] : [])
  })

  it('of a project is told of that project’s runs alone, one of none of all', async () => {
    const [mine, other] = [unique('p'), unique('p')]
    const ofMine = await hook(at(), { projectId: mine })
    const ofAll = await hook(at())
    for (const projectId of [mine, other, null]) await ends('a', projectId)
    expect(await typesFor(at(), ofMine)).toHaveLength(1)
    expect(await typesFor(at(), ofAll)).toHaveLength(3)
  })

  it('of some kinds is told of runs of those alone', async () => {
    const webhook = await hook(at(), { kinds: ['script.pull', 'script.push'] })
    for (const kind of ['script.pull', 'script.pull.all', 'script', 'script.push']) await ends(kind, null)
    expect(await typesFor(at(), webhook)).toHaveLength(2)
  })

  it('that is disabled is told of nothing that happens meanwhile', async () => {
    const webhook = await hook(at(), { isEnabled: false })
    await ends('a', null)
    await updateWebhook(at().ctx, { id: webhook.id, isEnabled: true })
    expect(await typesFor(at(), webhook)).toEqual([])
    await ends('a', null)
    expect(await typesFor(at(), webhook)).toHaveLength(1)
  })

  it('does not keep a run from ending, whatever it is called', async () => {
    await hook(at(), { description: `'; DROP TABLE deliveries; --`, kinds: ['a', 'b'] })
    const tenant = at().ledger.tenant()
    const { run, leaseToken } = await startRun(tenant.worker, {
      id: tenant.person.newId(),
      kind: 'a',
      workerId: 'w',
      name: `"'\\ \u{1F600}`,
    })
    await succeedRun(tenant.worker, { id: run.id, leaseToken })
    await deliverAll(at())
    expect(bodiesOf(at())).toMatchObject([{ data: { name: `"'\\ \u{1F600}`, kind: 'a' } }])
  })
})

const tokenOf = ({ id, leaseToken }: { id: string; leaseToken: string }) => ({ id, leaseToken })
