import { describe, expect, it } from 'vitest'
import { explainRetention } from '../../../lib/ledger/retention/explain-retention.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { finishedRun } from '../../contracts/retention-steps.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal } from '../steps.ts'
import { DAY } from './steps.ts'

const days = (from: string | null, count: number) =>
  new Date(Date.parse(from ?? '') + count * DAY * 1_000).toISOString()

describe('explaining what will happen to a run', () => {
  const at = useLedger(POSTGRES)

  it('says when it is archived and deleted, and by which rule', async () => {
    const { store, as } = at()
    const run = await finishedRun(store, {}, { secondsAgo: 2 * DAY, columns: { outputCount: 1 } })
    expect(await explainRetention(as(), { id: run.id })).toMatchObject({
      runId: run.id,
      storageState: 'active',
      revision: 0,
      archiveAt: days(run.finishedAt, 7),
      deleteAt: days(run.finishedAt, 30),
      purgeAt: days(run.finishedAt, 37),
      archive: { due: false, rule: 'age' },
      delete: { due: false, rule: 'age' },
      holds: [],
    })
  })

  it('goes by the policies in force, also for a run that ended before they were set', async () => {
    const { store, as } = at()
    const kind = unique('kind')
    const run = await finishedRun(store, { kind }, { secondsAgo: 40 * DAY })
    expect((await explainRetention(as(), { id: run.id })).delete).toMatchObject({ due: true })
    const { revision } = await putPolicies(as(), { rules: [{ kind, deleteAfterDays: 90 }] })
    const explained = await explainRetention(as(), { id: run.id })
    expect(explained).toMatchObject({ revision, deleteAt: days(run.finishedAt, 90), delete: { due: false } })
    expect(explained.policy.from.deleteAfterDays).toBe(`runs of kind ${kind}`)
    await putPolicies(as(), { rules: [] })
  })

  it('keeps the last of a kind: those made last, of one project', async () => {
    const { store, as } = at()
    const [kind, projectId] = [unique('kind'), unique('p')]
    const runs = []
    for (const secondsAgo of [50 * DAY, 49 * DAY, 48 * DAY])
      runs.push(await finishedRun(store, { kind, projectId }, { secondsAgo }))
    await finishedRun(store, { kind })
    await putPolicies(as(), { rules: [{ kind, keepLast: 2 }] })
    const rules = await Promise.all(
      runs.map(async ({ id }) => (await explainRetention(as(), { id })).delete.rule),
    )
    expect(rules).toEqual(['age', 'keepLast', 'keepLast'])
    await store.raw(`UPDATE runs SET "storageState" = 'deleted' WHERE id = '${runs[2]?.id}'`)
    const [first] = runs
    expect((await explainRetention(as(), { id: first?.id ?? '' })).delete.rule).toBe('keepLast')
    await putPolicies(as(), { rules: [] })
  })

  it('tells of holds, and of a run that has not ended', async () => {
    const { as, tenant } = at()
    const { id } = await enqueued(tenant().person)
    await holdRun(as(), { id, reason: 'an audit' })
    const explained = await explainRetention(as(), { id })
    expect(explained).toMatchObject({ archive: { rule: 'notFinished' }, delete: { rule: 'notFinished' } })
    expect(explained.holds).toMatchObject([{ reason: 'an audit', heldBy: 'system', releasedAt: null }])
  })

  it('of no run is not found', async () => {
    const { as } = at()
    expect(await refusal(explainRetention(as(), { id: as().newId() }))).toMatchObject({ code: 'not_found' })
  })
})
