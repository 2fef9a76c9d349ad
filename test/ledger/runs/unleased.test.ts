import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { reportById } from '../../../lib/ledger/runs/report-by-id.ts'
import { startUnleased } from '../../../lib/ledger/runs/start-unleased.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { LIMITS } from '../../../lib/run/limits.ts'
import { MAX_ERROR_BYTES } from '../../../lib/run/truncate.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventTypes, lastEvent, refusal, stored, wholeOf, working } from '../steps.ts'

describe.each(ENGINES)('a run without a lease on $name', (engine) => {
  const at = useLedger(engine)
  const begin = async () => {
    const tenant = at().tenant()
    return { ...tenant, id: (await startUnleased(tenant.worker, { kind: 'old.script' })).id }
  }

  it('is running, in the project of its starter, and held by nobody', async () => {
    const { worker, projectId } = at().tenant()
    const run = await startUnleased(worker, { kind: 'old.script', labels: { team: 'a' } })
    expect(run).toMatchObject({
      state: 'running',
      projectId,
      kind: 'old.script',
      claimedBy: 'worker',
      leaseExpiresAt: null,
      attempt: 1,
      fence: 1,
      labels: { team: 'a' },
      origin: 'started',
    })
    expect(await stored(at(), run.id)).toEqual(run)
    expect(await claimRuns(worker, { workerId: 'w' })).toEqual([])
    await sweepLost(at().as())
    expect((await stored(at(), run.id)).state).toBe('running')
  })

  it('succeeds by its id, with what is said of it', async () => {
    const { worker, id } = await begin()
    const report = {
      id,
      kind: 'old.script',
      outcome: 'succeeded',
      message: '12 invoices',
      labels: { apiCalls: '40' },
    } as const
    const { run, replayed } = await reportById(worker, report)
    expect(replayed).toBe(false)
    expect(run).toMatchObject({
      state: 'succeeded',
      progress: 100,
      progressMessage: '12 invoices',
      error: null,
      labels: { apiCalls: '40' },
    })
    expect(run.finishedAt).toBe(run.updatedAt)
    expect(await eventTypes(at(), id)).toEqual(['run.started', 'run.succeeded'])
    const before = await wholeOf(at(), id)
    expect(await reportById(worker, report)).toEqual({ run, replayed: true })
    expect(await wholeOf(at(), id)).toEqual(before)
  })

  it('fails by its id, for the reason given, or none', async () => {
    const [one, other] = [await begin(), await begin()]
    const { run } = await reportById(one.worker, { id: one.id, outcome: 'failed', message: 'no network' })
    expect(run).toMatchObject({ state: 'failed', error: 'no network', errorCode: 'error' })
    expect(await lastEvent(at(), one.id, 'run.failed')).toMatchObject({
      actor: 'worker',
      data: { error: 'no network' },
    })
    const silent = await reportById(other.worker, { id: other.id, outcome: 'failed', message: '' })
    expect(silent.run.error).toBe('failed, without a word why')
  })

  it('tells how it goes while it is running, and goes on', async () => {
    const { worker, id } = await begin()
    await reportById(worker, { id, outcome: 'running', message: 'page 1', labels: { a: '1', b: '1' } })
    const { run } = await reportById(worker, { id, outcome: 'running', labels: { b: '2' } })
    expect(run).toMatchObject({ state: 'running', progressMessage: 'page 1', labels: { a: '1', b: '2' } })
    expect(await eventTypes(at(), id)).toEqual(['run.started'])
  })

  it('keeps of a message as much as there is room for', async () => {
    const [well, badly] = [await begin(), await begin()]
    const message = `begin\u0000${'é'.repeat(20_000)}\ud800end`
    const { run } = await reportById(well.worker, { id: well.id, outcome: 'succeeded', message })
    expect(run.progressMessage).toMatch(/^begin\uFFFDé[\s\S]*bytes left out[\s\S]*é\uFFFDend$/)
    expect(run.progressMessage?.length).toBeLessThanOrEqual(LIMITS.progressMessage)
    const { error } = (await reportById(badly.worker, { id: badly.id, outcome: 'failed', message })).run
    expect(Buffer.byteLength(error ?? '')).toBeLessThanOrEqual(MAX_ERROR_BYTES)
  })

  it('of which a cancel was asked has been canceled where it fails, and not where it succeeds', async () => {
    const [fails, succeeds] = [await begin(), await begin()]
    for (const { person, id } of [fails, succeeds]) await cancelRun(person, { id })
    const failed = await reportById(fails.worker, { id: fails.id, outcome: 'failed', message: 'stopped' })
    expect(failed.run).toMatchObject({ state: 'canceled', errorCode: 'canceled', error: 'stopped' })
    expect((await eventTypes(at(), fails.id)).at(-1)).toBe('run.canceled')
    expect(await reportById(fails.worker, { id: fails.id, outcome: 'failed' })).toMatchObject({
      replayed: true,
    })
    const { run } = await reportById(succeeds.worker, { id: succeeds.id, outcome: 'succeeded' })
    expect(run.state).toBe('succeeded')
  })

  it('that has ended takes no other end, and the conflict says which it has', async () => {
    const { worker, id } = await begin()
    await reportById(worker, { id, outcome: 'failed', message: 'no network' })
    const before = await wholeOf(at(), id)
    for (const outcome of ['succeeded', 'running'] as const)
      expect(await refusal(reportById(worker, { id, outcome }))).toMatchObject({
        code: 'conflict',
        message: `run ${id} has already ended as failed: no network`,
      })
    expect(await wholeOf(at(), id)).toEqual(before)
  })

  it('told of twice at once ends once', async () => {
    const { worker, id } = await begin()
    const ends = ['succeeded', 'failed', 'succeeded', 'failed'] as const
    const told = await Promise.allSettled(ends.map((outcome) => reportById(worker, { id, outcome })))
    const { state } = await stored(at(), id)
    for (const [n, { status }] of told.entries())
      expect(status).toBe(ends[n] === state ? 'fulfilled' : 'rejected')
    expect((await eventTypes(at(), id)).slice(1)).toEqual([`run.${state}`])
  })

  it('is nobody’s else: not another project’s, not another script’s', async () => {
    const { id } = await begin()
    const before = await wholeOf(at(), id)
    const stranger = at().tenant().worker
    expect(await refusal(reportById(stranger, { id, outcome: 'succeeded' }))).toMatchObject({
      code: 'not_found',
    })
    const other = { id, kind: 'other.script', outcome: 'succeeded' } as const
    expect(await refusal(reportById(at().as(), other))).toMatchObject({ code: 'not_found' })
    expect(await wholeOf(at(), id)).toEqual(before)
  })

  it('is the only kind that is spoken of by its id: what is held or waits is not', async () => {
    const tenant = at().tenant()
    const { id } = await working(tenant)
    expect(await refusal(reportById(tenant.worker, { id, outcome: 'succeeded' }))).toMatchObject({
      code: 'conflict',
      message: `run ${id} is held by worker-1; only its holder may tell of it`,
    })
    const waiting = await enqueued(tenant.person)
    expect(await refusal(reportById(tenant.worker, { id: waiting.id, outcome: 'failed' }))).toMatchObject({
      code: 'conflict',
      message: `run ${waiting.id} waits to be run`,
    })
  })
})
