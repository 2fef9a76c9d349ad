import { describe, expect, it } from 'vitest'
import { readStorage } from '../../../lib/ledger/storage/read-storage.ts'
import { sampleStorage } from '../../../lib/ledger/storage/sample-storage.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { POSTGRES, SQLITE, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

/** A run of that storage state with so many bytes. */
async function stored(
  ledger: TestLedger,
  kind: string,
  columns: Record<string, string | number>,
): Promise<string> {
  const run = newRun({ kind })
  await ledger.ports.runs.insert([run])
  const set = Object.entries(columns).map(
    ([name, value]) => `"${name}" = ${typeof value === 'number' ? value : `'${value}'`}`,
  )
  await ledger.store.raw(`UPDATE runs SET ${set.join(', ')} WHERE id = '${run.id}'`)
  return run.id
}

/** As if the last sample had been days earlier, so that another is taken. In two steps: two days are never one on the way. */
const daysPass = async ({ store }: TestLedger, days = 1) => {
  for (const by of [20_000 + days, -20_000])
    for (const table of ['storage_samples', 'storage_walks'])
      await store.raw(`UPDATE ${table} SET day = to_char(day::date - ${by}, 'YYYY-MM-DD')`)
}

const kindIn = async (ctx: Context, kind: string) =>
  (await readStorage(ctx, { shares: 100 })).byKind.find((row) => row.kind === kind)

describe('a sample of storage', () => {
  const at = useLedger(POSTGRES)
  const ctx = () => at().as()

  it('says that there is none, before the first', async () => {
    expect(await readStorage(ctx())).toMatchObject({ day: null, total: { runs: 0, bytes: 0 }, trend: [] })
  })

  it('counts what each state holds, where it is', async () => {
    const kind = unique('kind')
    const [log, output] = [{ logBytes: 100 }, { outputBytes: 1_000, outputCount: 1 }]
    const archive = { archivePath: 'archive/a.tar.gz', archiveBytes: 300, archivedAt: '2026-01-01' }
    await stored(at(), kind, { ...log, ...output })
    await stored(at(), kind, { ...log, ...output, storageState: 'archiving' })
    await stored(at(), kind, { ...log, ...output, ...archive, storageState: 'archived' })
    await stored(at(), kind, {
      ...log,
      ...output,
      ...archive,
      storageState: 'deleted',
      purgeAfter: '2999-01-01',
    })
    await stored(at(), kind, { ...log, storageState: 'deleted', purgeAfter: '2999-01-01' })
    await stored(at(), kind, { ...log, ...output, storageState: 'deleted' })
    const copied = await stored(at(), kind, { ...log, ...output, restoredAt: '2026-01-01' })
    await at().store.raw(`INSERT INTO archives ("runId", attempt, key, compression, status, manifest, "manifestSha256", "tarBytes", bytes)
      VALUES ('${copied}', 1, 'archive/b.tar.gz', 'gzip', 'restored', '', '', 0, 250)`)
    await daysPass(at())
    await sampleStorage(ctx())
    expect(await kindIn(ctx(), kind)).toEqual({
      kind,
      runs: 7,
      logBytes: 400,
      outputBytes: 3_000,
      archiveBytes: 850,
      originalBytes: 2_200,
      bytes: 4_250,
    })
    const { byState, savedRatio } = await readStorage(ctx())
    expect(byState.find(({ storageState }) => storageState === 'archived')).toMatchObject({
      runs: 1,
      bytes: 300,
      originalBytes: 1_100,
    })
    expect(savedRatio).toBeCloseTo(1 - 850 / 2_200)
  })

  it('is one a day, however often it is asked for', async () => {
    await sampleStorage(ctx())
    const before = await readStorage(ctx())
    await stored(at(), unique('kind'), { logBytes: 5 })
    expect(await sampleStorage(ctx())).toEqual({ sample: null, walked: 0, more: false })
    expect(await readStorage(ctx())).toEqual(before)
  })

  it('goes on where time ran out, and counts nothing twice', async () => {
    const kind = unique('kind')
    await at().ports.runs.insert(newRuns(57, { kind }))
    await daysPass(at())
    const first = await sampleStorage(ctx(), { page: 10, budgetMs: 0 })
    expect(first).toMatchObject({ sample: null, more: true, walked: 10 })
    let calls = 1
    for (let more = true; more; calls++) ({ more } = await sampleStorage(ctx(), { page: 10, budgetMs: 0 }))
    expect(calls).toBeGreaterThan(5)
    expect(await kindIn(ctx(), kind)).toMatchObject({ runs: 57, bytes: 0 })
  })

  it('counts each run once where several take it at once', async () => {
    const kind = unique('kind')
    await at().ports.runs.insert(newRuns(300, { kind }))
    await daysPass(at())
    const [one, other] = [ctx(), { ...ctx(), ...(await at().another()) }]
    for (let more = true; more; ) {
      const done = await Promise.all([one, other, one, other].map((each) => sampleStorage(each, { page: 7 })))
      more = done.every((each) => each.more)
    }
    expect(await kindIn(ctx(), kind)).toMatchObject({ runs: 300 })
    const [{ counted, there } = { counted: 0, there: 1 }] = (await at().store.raw(`
      SELECT (SELECT sum(runs)::int FROM storage_samples s WHERE s.day = w.day) AS counted, walked::int AS there
      FROM storage_walks w ORDER BY day DESC LIMIT 1`)) as { counted: number; there: number }[]
    expect(counted).toBe(there)
  })

  it('makes a trend of the days, newest first, and forgets only what kinds held long ago', async () => {
    await daysPass(at())
    await sampleStorage(ctx())
    await daysPass(at(), 40)
    await stored(at(), unique('kind'), { outputBytes: 10_000 })
    await sampleStorage(ctx())
    const { trend, day } = await readStorage(ctx(), { days: 400 })
    expect(trend[0]?.day).toBe(day)
    expect(trend.map((point) => point.day)).toEqual(
      trend
        .map((point) => point.day)
        .toSorted()
        .toReversed(),
    )
    expect(Number(trend[0]?.bytes) - Number(trend[1]?.bytes)).toBe(10_000)
    const days = await at().store.raw('SELECT DISTINCT day FROM storage_samples')
    expect(days).toEqual([{ day }])
  })

  it('opens one alert at 80 % of what storage may hold, and resolves it below', async () => {
    const alerts = () =>
      at().store.raw(`SELECT type, "timesSeen"::int AS seen, "resolvedAt" IS NULL AS open FROM alerts`)
    const { total } = await readStorage(ctx())
    const holding = (capacity: number | null): Context => ({
      ...ctx(),
      retention: { ...ctx().retention, storageCapacityBytes: capacity },
    })
    const sampleWith = async (capacity: number | null) => {
      await daysPass(at())
      await sampleStorage(holding(capacity))
      return (await readStorage(holding(capacity))).capacity
    }
    expect(await sampleWith(null)).toBeNull()
    expect(await sampleWith(total.bytes * 2)).toMatchObject({ bytes: total.bytes * 2, usedRatio: 0.5 })
    expect(await alerts()).toEqual([])
    expect(await sampleWith(Math.floor(total.bytes / 0.8))).toMatchObject({ usedRatio: expect.any(Number) })
    await sampleWith(total.bytes)
    expect(await alerts()).toEqual([{ type: 'storage.full', seen: 2, open: true }])
    await sampleWith(total.bytes * 2)
    expect(await alerts()).toEqual([{ type: 'storage.full', seen: 2, open: false }])
  })
})

describe('the ledger of one machine', () => {
  const at = useLedger(SQLITE)

  it('has no samples: storage is counted by a server', async () => {
    const ctx = at().as()
    expect(await refusal(readStorage(ctx))).toMatchObject({ code: 'unavailable' })
    expect(await refusal(sampleStorage(ctx))).toMatchObject({ code: 'unavailable' })
  })
})
