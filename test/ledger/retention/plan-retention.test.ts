import { beforeEach, describe, expect, it } from 'vitest'
import { type PlanRetention, planRetention } from '../../../lib/ledger/retention/plan-retention.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { UNTIL_RELEASED } from '../../../lib/run/hold.ts'
import type { RetentionPlan } from '../../../lib/run/retention-plan.ts'
import { finishedRun } from '../../contracts/retention-steps.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { DAY } from './steps.ts'

describe('planning', () => {
  const at = useLedger(POSTGRES)
  beforeEach(() => at().store.raw('DELETE FROM runs'))
  const ago = (days: number) => new Date(Date.now() - days * DAY * 1_000).toISOString()

  /** One of each fate by the policies of the configuration. */
  async function some({ store }: TestLedger, projectId: string, kind: string) {
    const made = async (days: number, columns: Record<string, string | number> = {}) =>
      (await finishedRun(store, { projectId, kind }, { secondsAgo: days * DAY, columns })).id
    const files = { outputCount: 2, outputBytes: 1_000, logBytes: 50 }
    const put = { ...files, storageState: 'archived', archiveBytes: 300 }
    return {
      young: await made(1, files),
      toArchive: await made(10, files),
      heldBack: await made(11, { ...files, holdUntil: UNTIL_RELEASED }),
      toDelete: await made(40, { ...put, archivedAt: ago(33) }),
      kept: await made(41, { ...put, archivedAt: ago(33), retainUntil: '2100-01-01T00:00:00.000Z' }),
      held: await made(42, { ...put, archivedAt: ago(33), holdUntil: UNTIL_RELEASED }),
      archivedLately: await made(43, { ...put, archivedAt: ago(3) }),
      logAlone: await made(44, { logBytes: 70 }),
    }
  }

  it('counts what would be archived, deleted and kept now, and touches nothing', async () => {
    const [projectId, kind] = [unique('p'), unique('kind')]
    const runs = await some(at(), projectId, kind)
    const before = await at().store.raw('SELECT * FROM runs ORDER BY id')
    const plan = await planRetention(at().as(), { projectId })
    const { toArchive, toDelete, logAlone } = runs
    expect(plan).toMatchObject({
      revision: 0,
      examined: 7,
      archive: { runs: 1, bytes: 1_050, sample: [{ runId: toArchive, kind, projectId }] },
      delete: { runs: 2, bytes: 370 },
      kinds: [{ kind, archive: { runs: 1, bytes: 1_050 }, delete: { runs: 2, bytes: 370 } }],
      stopped: null,
      nextCursor: null,
    })
    expect(plan.delete.sample.map(({ runId }) => runId)).toEqual([logAlone, toDelete])
    const kept = plan.kept.map(({ rule, ...amount }) => [rule, amount])
    expect(Object.fromEntries(kept)).toEqual({
      held: { runs: 1, bytes: 300 },
      retained: { runs: 1, bytes: 300 },
      archivedLately: { runs: 1, bytes: 300 },
    })
    expect(await at().store.raw('SELECT * FROM runs ORDER BY id')).toEqual(before)
  })

  it('foresees: by a day to come, what is active now has been archived and deleted', async () => {
    const projectId = unique('p')
    await some(at(), projectId, unique('kind'))
    const inTenDays = await planRetention(at().as(), { projectId, at: ago(-10) })
    expect(inTenDays).toMatchObject({ archive: { runs: 2 }, delete: { runs: 3 } })
    const inAYear = await planRetention(at().as(), { projectId, at: ago(-365) })
    expect(inAYear).toMatchObject({ archive: { runs: 2 }, delete: { runs: 5 } })
    expect(inAYear.kept).toMatchObject([
      { rule: 'held', runs: 2 },
      { rule: 'retained', runs: 1 },
    ])
  })

  it('looks back: at a day that is over, what is old now was young', async () => {
    const projectId = unique('p')
    await some(at(), projectId, unique('kind'))
    expect(await planRetention(at().as(), { projectId, at: ago(20) })).toMatchObject({
      archive: { runs: 0 },
      delete: { runs: 0 },
    })
  })

  it('takes any rules and terms in the place of those in force', async () => {
    const [projectId, kind] = [unique('p'), unique('kind')]
    await some(at(), projectId, kind)
    const ctx = at().as()
    const plan = (input: PlanRetention) => planRetention(ctx, { projectId, ...input })
    const inForce = await plan({})
    const strict = await plan({ rules: [{ kind, deleteAfterDays: 365 }] })
    expect(strict).toMatchObject({ revision: null, delete: { runs: 0 }, archive: { runs: 1 } })
    expect(strict.hash).not.toBe(inForce.hash)
    expect(await plan({ terms: { archiveAfterDays: 0 } })).toMatchObject({
      archive: { runs: 2 },
      delete: { runs: 2 },
    })
    const never = { archiveAfterDays: null, deleteAfterDays: null }
    expect(await plan({ terms: never })).toMatchObject({
      examined: 0,
      archive: { runs: 0 },
      delete: { runs: 0 },
    })
    const last = await plan({ rules: [{ kind, keepLast: 8 }] })
    expect(last).toMatchObject({ delete: { runs: 0 } })
    expect(last.kept).toMatchObject([
      { rule: 'keepLast', runs: 4 },
      { rule: 'held', runs: 1 },
    ])
    await putPolicies(ctx, { rules: [{ kind, deleteAfterDays: 365 }] })
    expect(await plan({})).toMatchObject({
      hash: strict.hash,
      delete: { runs: 0 },
      revision: expect.any(Number),
    })
    await putPolicies(ctx, { rules: [] })
  })

  it('is of a kind, of a project or of none where that is asked for', async () => {
    const [projectId, kind] = [unique('p'), unique('kind')]
    await some(at(), projectId, kind)
    await some(at(), unique('p'), unique('kind'))
    const ctx = at().as()
    expect(await planRetention(ctx)).toMatchObject({
      examined: 14,
      archive: { runs: 2 },
      delete: { runs: 4 },
    })
    expect(await planRetention(ctx, { kind })).toMatchObject({ examined: 7, delete: { runs: 2 } })
    expect(await planRetention(ctx, { projectId: null })).toMatchObject({ examined: 0 })
  })

  it('stops when its time is over, says so, and goes on from there to the same sum', async () => {
    const projectId = unique('p')
    await some(at(), projectId, unique('kind'))
    const whole = await planRetention(at().as(), { projectId })
    const parts = await inParts(at().as(), { projectId, at: whole.at })
    expect(parts.length).toBeGreaterThan(3)
    expect(parts.map(({ stopped }) => stopped)).toEqual([...parts.slice(1).map(() => 'time'), null])
    const sum = (of: (plan: RetentionPlan) => number) => parts.reduce((total, plan) => total + of(plan), 0)
    expect([sum((p) => p.examined), sum((p) => p.archive.bytes), sum((p) => p.delete.runs)]).toEqual([
      whole.examined,
      whole.archive.bytes,
      whole.delete.runs,
    ])
  })

  it('refuses a cursor that no plan gave, and terms that are none', async () => {
    const ctx = at().as()
    for (const input of [
      { cursor: 'x' },
      { cursor: 'active.x' },
      { terms: { deleteAfterDays: -1 } },
      { terms: { days: 1 } },
    ])
      expect(await refusal(planRetention(ctx, input as PlanRetention))).toMatchObject({ code: 'invalid' })
  })

  it('holds at the ends of what an instant may be', async () => {
    await some(at(), unique('p'), unique('kind'))
    const ctx = at().as()
    expect(await planRetention(ctx, { at: '0001-01-01T00:00:00.000Z' })).toMatchObject({ examined: 0 })
    expect(await planRetention(ctx, { at: '9999-12-31T00:00:00.000Z' })).toMatchObject({ examined: 8 })
  })
})

/** With time for one page a part. */
async function inParts(ctx: Context, input: PlanRetention): Promise<RetentionPlan[]> {
  const parts: RetentionPlan[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const part = await planRetention(
      ctx,
      { ...input, ...(cursor ? { cursor } : {}) },
      { budgetMs: 0, pageSize: 2 },
    )
    parts.push(part)
    cursor = part.nextCursor
  }
  return parts
}
