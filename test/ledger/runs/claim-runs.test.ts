import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { claimed, enqueued, eventTypes, makeDue, refusal, stored, working } from '../steps.ts'

const LATER = '2999-01-01T00:00:00Z'

describe.each(ENGINES)('claim on $name', (engine) => {
  const at = useLedger(engine)

  it('hands a run to a worker for a minute, with the token that says so', async () => {
    const ledger = at()
    const { person, worker } = ledger.tenant()
    const { id } = await enqueued(person, { maxAttempts: 3 })
    const { run, leaseToken, leaseExpiresAt } = await claimed(worker, { workerId: 'w 1' })
    expect(run).toMatchObject({ id, state: 'running', claimedBy: 'w 1', attempt: 1, fence: 1, progress: 0 })
    expect(leaseExpiresAt).toBe(run.leaseExpiresAt)
    expect(Date.parse(leaseExpiresAt ?? '') - Date.parse(run.claimedAt ?? '')).toBe(60_000)
    expect(leaseToken).not.toContain('w 1')
    expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started'])
  })

  it('takes one unless it is told more, the highest priority first, then the one that waits longest', async () => {
    const { person, worker } = at().tenant()
    const item = (kind: string, priority: number, runAt?: string) => ({ kind, priority, runAt })
    await enqueueRuns(person, [
      item('d', 1),
      item('f', 0, '2020-01-01T00:00:00Z'),
      item('a', 3),
      item('c', 1, '2021-01-01T00:00:00Z'),
      item('b', 2),
      item('e', 1),
      item('never', 3, LATER),
    ])
    const one = await claimRuns(worker, { workerId: 'w' })
    const rest = await claimRuns(worker, { workerId: 'w', limit: 100 })
    expect([...one, ...rest].map(({ run }) => run.kind)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('takes the kinds asked for and leaves the others', async () => {
    const { person, worker } = at().tenant()
    await enqueueRuns(
      person,
      ['a', 'b', 'c', 'a'].map((kind) => ({ kind })),
    )
    const request = { workerId: 'w', limit: 100 }
    const some = await claimRuns(worker, { ...request, kinds: ['a', 'c', 'a', 'z'] })
    expect(some.map(({ run }) => run.kind).toSorted()).toEqual(['a', 'a', 'c'])
    expect((await claimRuns(worker, request)).map(({ run }) => run.kind)).toEqual(['b'])
  })

  it('takes from the key’s own project; a key without one from the system, or the project it names', async () => {
    const ledger = at()
    const { person, worker, projectId } = ledger.tenant()
    const everywhere = ledger.as('runs:work')
    const [own, system] = [await enqueued(person), await enqueued(ledger.as(), { kind: 'system' })]
    const request = { workerId: 'w', limit: 100 }
    const ids = (all: { run: { id: string } }[]) => all.map(({ run }) => run.id)
    expect(ids(await claimRuns(everywhere, request))).toEqual([system.id])
    expect(await refusal(claimRuns(worker, { ...request, projectId: null }))).toMatchObject({
      code: 'forbidden',
    })
    expect(ids(await claimRuns(everywhere, { ...request, projectId }))).toEqual([own.id])
    expect(await claimRuns(worker, request)).toEqual([])
  })

  it('asked again while the request before is taking a run, gives that run, too', async () => {
    const { person, worker } = at().tenant()
    const { id } = await enqueued(person)
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const claim: typeof worker.runs.claim = async (request) => {
      begun.resolve()
      await gate.promise
      return await worker.runs.claim(request)
    }
    const slow = { ...worker, runs: { ...worker.runs, claim } }
    const before = claimRuns(slow, { workerId: 'w', claimId: 'one', limit: 1 })
    await begun.promise
    const again = claimRuns(slow, { workerId: 'w', claimId: 'one', limit: 1 })
    gate.resolve()
    expect((await again).map(({ run }) => run.id)).toEqual([id])
    expect(await again).toEqual(await before)
  })

  it('takes nothing any more for a request that its caller has asked anew', async () => {
    const { person, worker } = at().tenant()
    const waiting = claimRuns(worker, { workerId: 'w', claimId: 'one', waitSeconds: 20 })
    const other = claimRuns(worker, { workerId: 'another', claimId: 'one' })
    expect(await other).toEqual([])
    expect(await claimRuns(worker, { workerId: 'w', claimId: 'one' })).toEqual([])
    const { id } = await enqueued(person)
    expect(await waiting).toEqual([])
    expect(await stored(at(), id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('asked again with its claimId gives what is still held under it, with the same tokens', async () => {
    const { person, worker } = at().tenant()
    await enqueueRuns(
      person,
      Array.from({ length: 5 }, () => ({ kind: 'k' })),
    )
    const request = { workerId: 'w', claimId: 'attempt 1', limit: 3 }
    const first = await claimRuns(worker, request)
    expect(await claimRuns(worker, request)).toEqual(first)
    await succeedRun(worker, { leaseToken: first[0]?.leaseToken ?? '' })
    expect(await claimRuns(worker, request)).toEqual(first.slice(1))
    expect(await claimRuns(worker, { ...request, claimId: 'attempt 2' })).toHaveLength(2)
  })

  it('counts the attempts, and grows the fence, of a run that comes back', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 2 })
    await failRun(tenant.worker, { leaseToken, error: 'no luck' })
    expect(await claimRuns(tenant.worker, { workerId: 'w' })).toEqual([])
    await makeDue(ledger, id)
    expect((await claimed(tenant.worker)).run).toMatchObject({ id, attempt: 2, fence: 2, progress: 0 })
  })

  it('gives each run to one of 10 claimers at once', async () => {
    const { person, worker } = at().tenant()
    await enqueueRuns(
      person,
      Array.from({ length: 60 }, () => ({ kind: 'k' })),
    )
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, n) => claimRuns(worker, { workerId: `w${n}`, limit: 7 })),
    )
    const ids = taken.flat().map(({ run }) => run.id)
    expect(new Set(ids).size).toBe(ids.length)
    const rest = await claimRuns(worker, { workerId: 'last', limit: 100 })
    expect(ids.length + rest.length).toBe(60)
  })

  it('does not touch a run that was canceled before', async () => {
    const ledger = at()
    const { person, worker } = ledger.tenant()

    const { id } = await enqueued(person)
    await cancelRun(person, { id })
    expect(await claimRuns(worker, { workerId: 'w' })).toEqual([])
    expect(await stored(ledger, id)).toMatchObject({ state: 'canceled', attempt: 0, fence: 0 })
  })

  it.each([
    ['no worker', { workerId: '' }, 'workerId'],
    ['none', { limit: 0 }, 'limit'],
    ['101', { limit: 101 }, 'limit'],
    ['a lease of 9 s', { leaseSeconds: 9 }, 'leaseSeconds'],
    ['a wait of 26 s', { waitSeconds: 26 }, 'waitSeconds'],
    ['no kind at all', { kinds: [] }, 'kinds'],
    ['a kind there cannot be', { kinds: ['ok', 'not ok'] }, 'kinds.1'],
    ['NUL in the claimId', { claimId: 'a\u0000' }, 'claimId'],
  ])('refuses to take %s', async (_, change, path) => {
    const error = await refusal(claimRuns(at().tenant().worker, { workerId: 'w', ...change }))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path }] })
  })
})
