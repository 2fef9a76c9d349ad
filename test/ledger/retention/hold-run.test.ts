import { describe, expect, it } from 'vitest'
import { holdRun, releaseRun } from '../../../lib/ledger/retention/hold-run.ts'
import { retainRun } from '../../../lib/ledger/retention/retain-run.ts'
import { UNTIL_RELEASED } from '../../../lib/run/hold.ts'
import { auditOf, finishedRun } from '../../contracts/retention-steps.ts'
import { POSTGRES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventTypes, refusal, wholeOf } from '../steps.ts'

describe('holding a run', () => {
  const at = useLedger(POSTGRES)
  const later = '2100-01-01T00:00:00.000Z'

  it('lasts until it is released where no end is given', async () => {
    const { store, as } = at()
    const { id } = await finishedRun(store)
    const ctx = as()
    expect(await holdRun(ctx, { id, reason: 'an audit' })).toMatchObject({ holdUntil: UNTIL_RELEASED })
    expect(await releaseRun(ctx, { id, reason: 'it is over' })).toMatchObject({ holdUntil: null })
    expect((await eventTypes(at(), id)).slice(-2)).toEqual(['run.held', 'run.released'])
    const rows = await auditOf(store, id)
    expect(rows.map(({ action, reason, requestId }) => [action, reason, requestId])).toEqual([
      ['run.held', 'an audit', ctx.requestId],
      ['run.released', 'it is over', ctx.requestId],
    ])
  })

  it('released when it is not held stays as it is', async () => {
    const { store, as } = at()
    const run = await finishedRun(store)
    const before = await wholeOf(at(), run.id)
    expect(await releaseRun(as(), { id: run.id })).toEqual(run)
    expect(await wholeOf(at(), run.id)).toEqual(before)
  })

  it.each(['deleting', 'deleted'])('that is %s is a conflict, and changes nothing', async (storageState) => {
    const { store, as } = at()
    const { id } = await finishedRun(store, {}, { columns: { storageState } })
    const before = await wholeOf(at(), id)
    const words = storageState === 'deleted' ? 'has been deleted' : 'is being deleted'
    for (const change of [
      () => holdRun(as(), { id, reason: 'no' }),
      () => retainRun(as(), { id, until: later, reason: 'no' }),
    ])
      expect(await refusal(change())).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(words),
      })
    expect(await wholeOf(at(), id)).toEqual(before)
  })

  it('for longer keeps it from being deleted until then', async () => {
    const { store, as } = at()
    const { id } = await finishedRun(store)
    expect(await retainRun(as(), { id, until: later, reason: 'a customer asked' })).toMatchObject({
      retainUntil: later,
    })
    expect(await retainRun(as(), { id, until: null, reason: 'no more' })).toMatchObject({ retainUntil: null })
  })

  it('until an instant that is over is refused by the clock of the database', async () => {
    const { store, as } = at()
    const { id } = await finishedRun(store)
    const until = await store.retentionStore.now()
    for (const change of [
      () => holdRun(as(), { id, until, reason: 'a' }),
      () => retainRun(as(), { id, until, reason: 'a' }),
    ])
      expect(await refusal(change())).toMatchObject({ code: 'invalid', issues: [{ path: 'until' }] })
  })

  it('needs a reason, and a run', async () => {
    const { as } = at()
    const id = as().newId()
    expect(await refusal(holdRun(as(), { id, reason: '' }))).toMatchObject({ code: 'invalid' })
    for (const change of [
      () => holdRun(as(), { id, reason: 'a' }),
      () => releaseRun(as(), { id }),
      () => retainRun(as(), { id, until: later, reason: 'a' }),
    ])
      expect(await refusal(change())).toMatchObject({ code: 'not_found' })
  })
})

describe('holding a run on this machine', () => {
  const at = useLedger(SQLITE)

  it('needs a server', async () => {
    const { as, tenant } = at()
    const { person } = tenant()
    const { id } = await enqueued(person)
    const refused = await refusal(holdRun(as(), { id, reason: 'a' }))
    expect(refused).toMatchObject({ code: 'unavailable', message: expect.stringContaining('server') })
  })
})
