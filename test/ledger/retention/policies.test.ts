import { beforeEach, describe, expect, it } from 'vitest'
import { getPolicies, putPolicies, readPolicies } from '../../../lib/ledger/retention/policies.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

const FAILED = [{ state: 'failed' as const, deleteAfterDays: 90 }]

describe('retention policies', () => {
  const at = useLedger(POSTGRES)
  beforeEach(() => at().store.raw('DELETE FROM retention_policies'))

  it('are the configuration where nothing has been set', async () => {
    const { ports, as } = at()
    expect(await getPolicies(as())).toEqual({
      revision: 0,
      rules: [],
      defaults: ports.retention.defaults,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      reason: null,
      setAt: null,
      setBy: null,
      problem: null,
    })
    expect(ports.retention.defaults).toEqual({
      archiveAfterDays: 7,
      deleteAfterDays: 30,
      deleteGraceDays: 7,
      deletionStrategy: 'soft',
      keepLast: 0,
    })
  })

  it('are set whole, and kept with who set them and why', async () => {
    const { store, as } = at()
    const before = await getPolicies(as())
    const set = await putPolicies(as(), { rules: FAILED, reason: 'failures are looked at late' })
    expect(set).toMatchObject({
      revision: 1,
      rules: FAILED,
      reason: 'failures are looked at late',
      setBy: 'system',
    })
    expect(set.hash).not.toBe(before.hash)
    expect(await getPolicies(as())).toEqual(set)
    const [row] = await store.audit.list({ action: 'policies.changed', limit: 1 })
    expect(row).toMatchObject({ actor: 'system', reason: set.reason })
    expect(row?.stats).toEqual({ revision: 1, hash: set.hash, rules: FAILED, before: [] })
    const none = await putPolicies(as(), { rules: [], revision: 1 })
    expect(none).toMatchObject({ revision: 2, rules: [], hash: before.hash })
  })

  it('that somebody else has set meanwhile are not written over', async () => {
    const { as } = at()
    await putPolicies(as(), { rules: FAILED, revision: 0 })
    const late = await refusal(putPolicies(as(), { rules: [], revision: 0 }))
    expect(late).toMatchObject({ code: 'conflict', message: expect.stringContaining('revision 0') })
    const tries = Array.from({ length: 6 }, () =>
      putPolicies(as(), { rules: [], revision: 1 }).then(
        () => 1,
        () => 0,
      ),
    )
    expect((await Promise.all(tries)).reduce<number>((sum, one) => sum + one, 0)).toBe(1)
  })

  it('that cannot be read leave the last good ones in force, and that is said', async () => {
    const { store, as, logged } = at()
    const good = await putPolicies(as(), { rules: FAILED })
    await store.raw(
      `INSERT INTO retention_policies (revision, rules, "setBy") VALUES (2, '[{"deleteAfterDays": "soon"}]', 'eve')`,
    )
    const problem = 'revision 2 cannot be read; set the rules anew'
    expect(await readPolicies(as())).toEqual({ ...good, problem })
    expect(logged.at(-1)).toMatchObject({ level: 'error', message: `retention: ${problem}` })
    const anew = await putPolicies(as(), { rules: [] })
    expect(anew).toMatchObject({ revision: 3, rules: [], problem: null })
  })

  it('of which none can be read are never taken for none', async () => {
    const { store, as } = at()
    await store.raw(`INSERT INTO retention_policies (revision, rules, "setBy") VALUES (1, '{}', 'eve')`)
    expect(await refusal(readPolicies(as()))).toMatchObject({ code: 'unavailable' })
  })

  it.each([
    [{ rules: [{ deleteAfterDays: 1 }, { deleteAfterDays: 2 }] }, 'rules.1'],
    [{ rules: [{ kind: 'a' }] }, 'rules.0'],
    [{ rules: [{ kind: 'a', deleteAfterDays: -1 }] }, 'rules.0.deleteAfterDays'],
    [{}, 'rules'],
  ])('that are %j are refused by their place', async (input, path) => {
    const { as } = at()
    const refused = await refusal(putPolicies(as(), input as Parameters<typeof putPolicies>[1]))
    expect(refused).toMatchObject({ code: 'invalid', issues: [{ path }] })
  })
})
