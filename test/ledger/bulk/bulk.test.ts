import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { actOnRuns } from '../../../lib/ledger/bulk/act-on-runs.ts'
import { matchingRuns } from '../../../lib/ledger/bulk/matching-runs.ts'
import { previewBulk } from '../../../lib/ledger/bulk/preview-bulk.ts'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { BulkAction } from '../../../lib/run/bulk.ts'
import { POSTGRES, type Tenant, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventTypes, lastEvent, refusal, stored, working } from '../steps.ts'

const reason = 'because of a test'

/** Ways a run may stand; each makes one. */
const WAYS: Record<string, (ledger: TestLedger, tenant: Tenant) => Promise<string>> = {
  queued: async (_, { person }) => (await enqueued(person)).id,
  running: async (_, tenant) => (await working(tenant)).id,
  'asked to stop': async (_, tenant) => {
    const { id } = await working(tenant)
    await cancelRun(tenant.person, { id })
    return id
  },
  succeeded: async (_, tenant) => {
    const { id, leaseToken } = await working(tenant)
    await succeedRun(tenant.worker, { leaseToken })
    return id
  },
  failed: (_, tenant) => failed(tenant),
  canceled: async (_, { person }) => {
    const { id } = await enqueued(person)
    await cancelRun(person, { id })
    return id
  },
  'started by hand, and failed': async (_, { worker }) => {
    const { run, leaseToken } = await startRun(worker, { id: ulid(), kind: 'test.run', workerId: 'w' })
    await failRun(worker, { leaseToken, error: 'no luck' })
    return run.id
  },
  'failed, and held': async (ledger, tenant) => {
    const id = await failed(tenant)
    await holdRun(ledger.as(), { id, reason })
    return id
  },
  'failed, and deleted': async (ledger, tenant) => {
    const id = await failed(tenant)
    await deleteRun(ledger.as(), { id, reason, mode: 'soft' })
    return id
  },
}

async function failed(tenant: Tenant): Promise<string> {
  const { id, leaseToken } = await working(tenant)
  await failRun(tenant.worker, { leaseToken, error: 'no luck' })
  return id
}

const PAIRS = BulkAction.options.flatMap((action) => Object.keys(WAYS).map((way) => ({ action, way })))

describe('many runs at once', () => {
  const at = useLedger(POSTGRES)

  it.each(PAIRS)(
    'says before whether $action happens to a run that is $way, as it then does',
    async (pair) => {
      const { action, way } = pair
      const admin = at().as()
      const id = (await WAYS[way]?.(at(), at().tenant())) ?? ''
      const { runs } = await previewBulk(admin, { action, ids: [id] })
      const [result] = await actOnRuns(admin, { action, ids: [id], reason })
      expect(runs).toHaveLength(1)
      // Nothing is to be done for what is asked to stop, or held, already: saying so again is no error.
      const isSaidAgain = action === 'cancel' && (way === 'canceled' || way === 'asked to stop')
      const isAgain = isSaidAgain || (action === 'delete' && way === 'failed, and deleted')
      const expected = runs[0]?.refusal === null || isAgain ? 'done' : 'refused'
      expect([result?.outcome, result?.words], runs[0]?.refusal ?? '').toEqual([expected, expect.any(String)])
    },
  )

  it('happens to each by the verb for one, with its event and the name of who did it', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const ids = [(await enqueued(person)).id, (await enqueued(person)).id]
    expect(await actOnRuns(person, { action: 'cancel', ids, reason })).toEqual(
      ids.map((id) => ({ id, outcome: 'done', words: 'canceled' })),
    )
    for (const id of ids) {
      expect(await stored(ledger, id)).toMatchObject({ state: 'canceled', error: reason })
      expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.canceled'])
      expect(await lastEvent(ledger, id, 'run.canceled')).toMatchObject({ actor: 'person', data: { reason } })
    }
    await actOnRuns(person, { action: 'retry', ids })
    for (const id of ids) expect(await stored(ledger, id)).toMatchObject({ state: 'queued', error: null })
  })

  it('goes on where one is refused, and tells why', async () => {
    const { person, worker, ...tenant } = at().tenant()
    const done = await failed({ person, worker, ...tenant })
    const { id } = await enqueued(person)
    const [refused, canceled] = await actOnRuns(person, { action: 'cancel', ids: [done, id] })
    expect(refused).toMatchObject({
      outcome: 'refused',
      words: expect.stringContaining('has already failed'),
    })
    expect(canceled).toMatchObject({ id, outcome: 'done' })
  })

  it('leaves what there is no time for, and what is too often asked, for another call', async () => {
    const { person } = at().tenant()
    const { id } = await enqueued(person)
    let now = 0
    const slow = { ...person, now: () => (now += 30_000) }
    expect(await actOnRuns(slow, { action: 'cancel', ids: [id] })).toEqual([
      { id, outcome: 'left', words: 'there was no time for it' },
    ])
    const limited = {
      ...person,
      actor: { ...person.actor, limitKey: ulid() },
      rateLimits: { ...person.rateLimits, cancel: 1 },
    }
    const two = [(await enqueued(person)).id, id]
    const outcomes = async () =>
      (await actOnRuns(limited, { action: 'cancel', ids: two })).map(({ outcome }) => outcome)
    // All of them are one request, of which there is one a minute.
    expect(await outcomes()).toEqual(['done', 'done'])
    expect(await outcomes()).toEqual(['left', 'left'])
  })

  it('leaves the one that meets an error of ours, says so in the log, and tells of the others', async () => {
    const { person } = at().tenant()
    const ids = [(await enqueued(person)).id, (await enqueued(person)).id]
    const broken: typeof person = {
      ...person,
      runs: {
        ...person.runs,
        move: async (moves) => {
          if (moves.some(({ id }) => id === ids[0])) throw new TypeError('a fault of the test')
          return await person.runs.move(moves)
        },
      },
    }
    expect(await actOnRuns(broken, { action: 'cancel', ids })).toEqual([
      { id: ids[0], outcome: 'left', words: 'internal error, see the log' },
      { id: ids[1], outcome: 'done', words: 'canceled' },
    ])
    const line = at().logged.find(({ runId }) => runId === ids[0])
    expect(JSON.stringify(line)).toContain('a fault of the test')
  })

  it('is of runs that one may know of: the others are missing, and refused', async () => {
    const { id } = await enqueued(at().tenant().person)
    const { person } = at().tenant()
    const nobody = ulid()
    const preview = await previewBulk(person, { action: 'cancel', ids: [id, nobody] })
    expect(preview).toMatchObject({ runs: [], missing: [id, nobody], logBytes: 0, outputBytes: 0 })
    const results = await actOnRuns(person, { action: 'cancel', ids: [id, nobody] })
    expect(results.map(({ outcome, words }) => [outcome, words])).toEqual([
      ['refused', `there is no run ${id}`],
      ['refused', `there is no run ${nobody}`],
    ])
  })

  it('holds and deletes for admins alone, and says why', async () => {
    const tenant = at().tenant()
    const id = await failed(tenant)
    for (const action of ['hold', 'delete'] as const) {
      const [refused] = await actOnRuns(tenant.person, { action, ids: [id], reason })
      expect(refused).toMatchObject({
        outcome: 'refused',
        words: expect.stringContaining('needs the scope admin'),
      })
      expect((await refusal(actOnRuns(at().as(), { action, ids: [id] }))).message).toContain('must say why')
    }
  })

  it('is of all that match: by their ids, of those that one may know of alone', async () => {
    const { person } = at().tenant()
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await enqueued(person)).id)
    await cancelRun(person, { id: ids[0] ?? '' })
    const queued = await matchingRuns(person, { state: ['queued'] })
    expect(queued).toEqual({ ids: ids.slice(1).toReversed(), isMore: false })
    expect(await matchingRuns(at().tenant().person, {})).toEqual({ ids: [], isMore: false })
  })

  it('is a thousand at most, and at least one', async () => {
    const admin = at().as()
    const many = Array.from({ length: 1_001 }, () => ulid())
    expect((await refusal(actOnRuns(admin, { action: 'cancel', ids: many }))).message).toContain(
      '1000 runs at most',
    )
    expect((await refusal(previewBulk(admin, { action: 'cancel', ids: [] }))).message).toContain(
      'at least one run',
    )
  })
})
