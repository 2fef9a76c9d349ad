import { describe, expect, it } from 'vitest'
import { ensureIdempotent } from '../../../lib/ledger/runs/ensure-idempotent.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { eventTypes, refusal } from '../steps.ts'

describe.each(ENGINES)('ensureIdempotent on $name', (engine) => {
  const at = useLedger(engine)

  it('makes one run of 20 callers at once, and gives it to them all', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const runs = await Promise.all(
      Array.from({ length: 20 }, () => ensureIdempotent(person, 'nightly', () => ({ kind: 'k' }))),
    )
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1)
    expect(await eventTypes(ledger, runs[0]?.id ?? '')).toEqual(['run.enqueued'])
  })

  it('gives the run there is, whatever the factory says by now', async () => {
    const { person } = at().tenant()
    const first = await ensureIdempotent(person, 'nightly', () => ({ kind: 'k', input: { at: 1 } }))
    const second = await ensureIdempotent(person, 'nightly', async () => ({
      kind: 'other',
      input: { at: 2 },
    }))
    expect(second).toEqual(first)
  })

  it('calls the factory each time, and tells of its failure as it is', async () => {
    const { person } = at().tenant()
    let calls = 0
    const factory = () => ({ kind: 'k', input: { call: ++calls } })
    await ensureIdempotent(person, 'counted', factory)
    await ensureIdempotent(person, 'counted', factory)
    expect(calls).toBe(2)
    const failure = ensureIdempotent(person, 'broken', () => Promise.reject(new TypeError('no idea')))
    await expect(failure).rejects.toThrow(TypeError)
  })

  it('refuses a key or a description that enqueue would refuse', async () => {
    const { person } = at().tenant()
    for (const work of [
      () => ensureIdempotent(person, '', () => ({ kind: 'k' })),
      () => ensureIdempotent(person, 'ok', () => ({ kind: 'not a kind' })),
      () => ensureIdempotent(person, 'ok', () => ({ kind: 'k', input: 'Bearer abcdefghijklmnopqrstuvwxyz' })),
    ])
      expect(await refusal(work())).toMatchObject({ code: 'invalid' })
  })
})
