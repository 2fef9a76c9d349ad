import { describe, expect, it } from 'vitest'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { rollUpUntil } from '../../../lib/ledger/runs/run-stats.ts'
import { putScript } from '../../../lib/ledger/scripts/scripts.ts'
import { scriptsOverview } from '../../../lib/ledger/scripts/scripts-overview.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { ScriptOverview } from '../../../lib/run/script.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, stored, working } from '../steps.ts'

describe('the overview of scripts', () => {
  const at = useLedger(POSTGRES)
  const overview = async (ctx: Context): Promise<ScriptOverview[]> => (await scriptsOverview(ctx)).data
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
    const rows = await overview(person)
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
    expect(byName(await overview(person), done)).toMatchObject({
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
    const count = async () => byName(await overview(tenant.person), kind).count
    expect(await count()).toBe(3)
    await rollUpUntil(at().as(), Number.POSITIVE_INFINITY)
    expect(await count()).toBe(3)
    await at().store.raw(`UPDATE run_stats_daily SET day = day - interval '31 days' WHERE kind = '${kind}'`)
    expect(await count()).toBe(0)
  })

  it('finds the newest run also where its files are put away', async () => {
    const tenant = at().tenant()
    const kind = unique('weekly')
    const { id, leaseToken } = await working(tenant, { kind })
    await succeedRun(tenant.worker, { leaseToken })
    for (const storage of ['archived', 'deleted', 'restoring', 'active']) {
      await at().store.raw(`UPDATE runs SET "storageState" = '${storage}' WHERE id = '${id}'`)
      expect(byName(await overview(tenant.person), kind).last).toMatchObject({
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
    expect(byName(await overview(one.person), kind).last?.id).toBe(first.id)
    expect(byName(await overview(two.person), kind).last?.id).toBe(second.id)
    const all = (await overview(at().as())).filter(({ name }) => name === kind)
    expect(all.map(({ last }) => last?.id).toSorted()).toEqual([first.id, second.id].toSorted())
  })
  it('goes page by page, by name, also where one name is in many projects', async () => {
    const kind = unique('shared')
    const tenants = Array.from({ length: 5 }, () => at().tenant())
    for (const { person } of tenants) await enqueued(person, { kind })
    const others = await Promise.all(
      ['a', 'z'].map((name) => enqueued(must(tenants[0]).person, { kind: name })),
    )
    const seen: number[] = []
    for (let cursor: number | null | undefined; cursor !== null; ) {
      const page = await scriptsOverview(at().as(), { limit: 2, ...(cursor ? { cursor } : {}) })
      expect(page.data.length).toBeLessThanOrEqual(2)
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual((await overview(at().as())).map(({ id }) => id))
    expect(seen).toEqual(expect.arrayContaining(others.map(({ scriptId }) => scriptId)))
    const mine = await scriptsOverview(must(tenants[1]).person, { limit: 1 })
    expect(mine).toMatchObject({ data: [{ name: kind }], nextCursor: null })
  })

  it('ends early where scripts are large, and goes on from there', async () => {
    const { projectId } = at().tenant()
    const ctx = at().as()
    const options = { text: 'x'.repeat(250_000), list: Array.from({ length: 1_000 }, () => [1, { a: 2 }]) }
    const names = Array.from({ length: 14 }, (_, n) => `${unique('large')}-${n}`)
    for (const name of names) await putScript(ctx, { name, projectId, options })
    const seen: string[] = []
    const sizes: number[] = []
    for (let cursor: number | null | undefined; cursor !== null; ) {
      const page = await scriptsOverview(ctx, { projectId, ...(cursor ? { cursor } : {}) })
      sizes.push(JSON.stringify(page).length)
      seen.push(...page.data.map(({ name }) => name))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(names.toSorted())
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(4_000_000)
  })
})
