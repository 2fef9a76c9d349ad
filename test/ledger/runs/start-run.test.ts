import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventTypes, refusal, wholeOf } from '../steps.ts'

const starting = () => ({ id: ulid(), kind: 'demo.count', workerId: 'laptop' })

describe.each(ENGINES)('start on $name', (engine) => {
  const at = useLedger(engine)

  it('makes a run that is running, with one attempt, for its starter to report on', async () => {
    const ledger = at()
    const { worker, projectId } = ledger.tenant()
    const start = { ...starting(), pid: 4_242, labels: { host: 'laptop' }, input: ['--fast'] }
    const { run, leaseToken, replayed } = await startRun(worker, start)
    expect(replayed).toBe(false)
    expect(run).toMatchObject({
      id: start.id,
      projectId,
      state: 'running',
      kind: 'demo.count',
      claimedBy: 'laptop',
      attempt: 1,
      maxAttempts: 1,
      fence: 1,
      pid: 4_242,
      labels: { host: 'laptop' },
      input: ['--fast'],
      createdBy: 'worker',
    })
    expect(await eventTypes(ledger, start.id)).toEqual(['run.started'])
    expect(await heartbeatRun(worker, { leaseToken })).toMatchObject({ id: start.id, cancelRequested: false })
    expect((await succeedRun(worker, { leaseToken })).run).toMatchObject({ state: 'succeeded' })
  })

  it('is never in the queue: given back it has failed, and nobody can retry it', async () => {
    const ledger = at()
    const { worker, person } = ledger.tenant()
    const { run, leaseToken } = await startRun(worker, starting())
    const nothing = () => claimRuns(worker, { workerId: 'worker-1', limit: 10 })
    expect(await nothing()).toEqual([])
    await failRun(worker, { leaseToken, error: 'released', retryable: true })
    expect(await nothing()).toEqual([])
    const before = await wholeOf(ledger, run.id)
    expect(before).toMatchObject({
      run: { state: 'failed', errorCode: 'released', attempt: 1, origin: 'started' },
    })
    expect(await refusal(retryRun(person, { id: run.id }))).toMatchObject({
      code: 'conflict',
      message: `run ${run.id} cannot be retried: it did not come from the queue; worker started it, and has to start it again`,
    })
    expect(await wholeOf(ledger, run.id)).toEqual(before)
    expect(await nothing()).toEqual([])
  })

  it('again with the same id by the same worker gives the same run and token', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    const start = starting()
    const first = await startRun(worker, start)
    const before = await wholeOf(ledger, start.id)
    expect(await startRun(worker, start)).toEqual({ ...first, replayed: true })
    expect(await wholeOf(ledger, start.id)).toEqual(before)
  })

  it('twenty times at once starts it once', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    const start = starting()
    const all = await Promise.all(Array.from({ length: 20 }, () => startRun(worker, start)))
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(all.map(({ leaseToken }) => leaseToken)).size).toBe(1)
    expect(await eventTypes(ledger, start.id)).toEqual(['run.started'])
  })

  it('gives the run as it ended, when it has', async () => {
    const { worker } = at().tenant()
    const start = starting()
    const { leaseToken } = await startRun(worker, start)
    const { run } = await succeedRun(worker, { leaseToken })
    expect(await startRun(worker, start)).toMatchObject({ run, replayed: true })
  })

  it('is a conflict where the id is another worker’s, another kind’s or another project’s', async () => {
    const ledger = at()
    const [mine, theirs] = [ledger.tenant(), ledger.tenant()]
    const start = starting()
    await startRun(mine.worker, start)
    const before = await wholeOf(ledger, start.id)
    for (const work of [
      () => startRun(mine.worker, { ...start, workerId: 'another' }),
      () => startRun(mine.worker, { ...start, kind: 'another' }),
      () => startRun(theirs.worker, start),
    ])
      expect(await refusal(work())).toMatchObject({ code: 'conflict' })
    const queued = await enqueued(mine.person)
    expect(await refusal(startRun(mine.worker, { ...start, id: queued.id }))).toMatchObject({
      code: 'conflict',
    })
    expect(await wholeOf(ledger, start.id)).toEqual(before)
  })

  it('may have begun before, which names its folder; never later than now', async () => {
    const { worker } = at().tenant()
    const early = starting()
    const { run } = await startRun(worker, { ...early, startedAt: '2026-01-01T00:30:00+01:00' })
    expect(run).toMatchObject({
      startedAt: '2025-12-31T23:30:00.000Z',
      folderName: `20251231_233000_${early.id}`,
    })
    const late = (await startRun(worker, { ...starting(), startedAt: '2999-01-01T00:00:00Z' })).run
    expect(late.startedAt).toBe(late.createdAt)
  })

  it.each([
    ['no id', { id: undefined }, 'id'],
    ['an id that is no ULID', { id: '42' }, 'id'],
    ['no worker', { workerId: '' }, 'workerId'],
    ['half of a surrogate pair in the worker’s name', { workerId: '\uD83D' }, 'workerId'],
    ['a lease of 5 s', { leaseSeconds: 5 }, 'leaseSeconds'],
    ['a lease of 2 h', { leaseSeconds: 7_200 }, 'leaseSeconds'],
    ['a time to run at', { runAt: '2030-01-01T00:00:00Z' }, ''],
    ['attempts', { maxAttempts: 2 }, ''],
    ['a start in the year 0', { startedAt: '0000-06-01T00:00:00Z' }, 'startedAt'],
    ['no process', { pid: 0 }, 'pid'],
  ])('refuses %s', async (_, change, path) => {
    const error = await refusal(startRun(at().tenant().worker, { ...starting(), ...change } as never))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path }] })
  })

  it('refuses a secret', async () => {
    const input = ['--password', 'postgres://app:hunter2hunter2@db/prod']
    const error = await refusal(startRun(at().tenant().worker, { ...starting(), input }))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path: 'input.1' }] })
  })
})
