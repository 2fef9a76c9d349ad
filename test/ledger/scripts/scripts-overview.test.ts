import { describe, expect, it } from 'vitest'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { rollUpUntil } from '../../../lib/ledger/runs/run-stats.ts'
import { putScript } from '../../../lib/ledger/scripts/scripts.ts'
import { scriptsOverview } from '../../../lib/ledger/scripts/scripts-overview.ts'
import type { ScriptOverview } from '../../../lib/run/script.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, stored, working } from '../steps.ts'

describe('the overview of scripts', () => {
  const at = useLedger(POSTGRES)
  const byName = (rows: ScriptOverview[], name: string) => must(rows.find((row) => row.name === name))

  it('shows each with its newest run, and those that never ran', async () => {
    const tenant = at().tenant()
    const { person, worker, projectId } = tenant
    const [busy, done, never] = [unique('busy'), unique('done'), unique('never')]
    const old = await working(tenant, { kind: done })
    await succeedRun(worker, { leaseToken: old.leaseToken })
    await at().shift([old.id], 'createdAt', -60)
    const newest = await working(tenant, { kind: done })
    await succeedRun(worker, { leaseToken: newest.leaseToken })
    const running = await working(tenant, { kind: busy })
    await putScript(at().as(), { name: never, projectId })
    const rows = await scriptsOverview(person)
    expect(rows.map(({ name }) => name)).toEqual([busy, done, never].toSorted())
    const { id, state, createdAt, startedAt, finishedAt } = await stored(at(), newest.id)
    expect(byName(rows, done)).toMatchObject({
      last: { id, state, createdAt, startedAt, finishedAt },
      count: 2,
    })
    expect(byName(rows, busy)).toMatchObject({
      last: { id: running.id, state: 'running', finishedAt: null },
      count: 1,
    })
    expect(byName(rows, never)).toMatchObject({ last: null, count: 0, projectId })
    const waiting = await enqueued(person, { kind: done })
    expect(byName(await scriptsOverview(person), done)).toMatchObject({
      last: { id: waiting.id, state: 'queued', startedAt: null },
      count: 2,
    })
  })

  it('counts the same before and after the roll-up, and no more than a month back', async () => {
    const tenant = at().tenant()
    const kind = unique('counted')
    for (let n = 0; n < 3; n++) {
      const { leaseToken } = await working(tenant, { kind })
      await succeedRun(tenant.worker, { leaseToken })
    }
    const count = async () => byName(await scriptsOverview(tenant.person), kind).count
    expect(await count()).toBe(3)
    await rollUpUntil(at().as(), Number.POSITIVE_INFINITY)
    expect(await count()).toBe(3)
    await at().store.raw(
      `UPDATE run_stats_hourly SET hour = hour - interval '31 days' WHERE kind = '${kind}'`,
    )
    expect(await count()).toBe(0)
  })

  it('finds the newest run also where its files are put away', async () => {
    const tenant = at().tenant()
    const kind = unique('weekly')
    const { id, leaseToken } = await working(tenant, { kind })
    await succeedRun(tenant.worker, { leaseToken })
    for (const storage of ['archived', 'deleted', 'restoring', 'active']) {
      await at().store.raw(`UPDATE runs SET "storageState" = '${storage}' WHERE id = '${id}'`)
      expect(byName(await scriptsOverview(tenant.person), kind).last).toMatchObject({
        id,
        state: 'succeeded',
      })
    }
  })

  it('shows a script of one name in two projects as two', async () => {
    const kind = unique('shared')
    const [one, two] = [at().tenant(), at().tenant()]
    const first = await working(one, { kind })
    const second = await working(two, { kind })
    expect(byName(await scriptsOverview(one.person), kind).last?.id).toBe(first.id)
    expect(byName(await scriptsOverview(two.person), kind).last?.id).toBe(second.id)
    const all = (await scriptsOverview(at().as())).filter(({ name }) => name === kind)
    expect(all.map(({ last }) => last?.id).toSorted()).toEqual([first.id, second.id].toSorted())
  })
})
