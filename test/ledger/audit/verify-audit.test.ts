import { beforeEach, describe, expect, it } from 'vitest'
import { keepAuditHead } from '../../../lib/ledger/audit/keep-audit-head.ts'
import { listAudit } from '../../../lib/ledger/audit/list-audit.ts'
import { type VerifiedAudit, verifyAudit } from '../../../lib/ledger/audit/verify-audit.ts'
import { BUILTINS } from '../../../lib/ledger/cron/builtins.ts'
import type { AuditRow } from '../../../lib/run/audit.ts'
import { must } from '../../contracts/harness.ts'
import { auditEntry } from '../../contracts/retention-steps.ts'
import { POSTGRES, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

describe('the audit', () => {
  const at = useLedger(POSTGRES)
  beforeEach(async () => {
    await tampered(at(), 'TRUNCATE job_audit')
    const kept = await at().ports.objects.list({ prefix: 'audit/' })
    await at().ports.objects.deleteMany(kept.map(({ key }) => key))
    await at().store.raw('DELETE FROM alerts')
  })

  const added = (count: number) =>
    at().store.audit.append(Array.from({ length: count }, () => auditEntry({ reason: 'why' })))

  it('that is empty holds', async () => {
    expect(await verifyAudit(at().as())).toEqual({
      ok: true,
      checked: 0,
      head: null,
      broken: null,
      keptHeads: 0,
      stopped: null,
      nextCursor: null,
    })
  })

  it('as it was written holds to its head', async () => {
    const rows = await added(25)
    const { seq, hash } = must(rows.at(-1))
    expect(await verifyAudit(at().as(), {}, { pageSize: 10 })).toMatchObject({
      ok: true,
      checked: 25,
      head: { seq, hash },
    })
  })

  it('is verified in parts, where time runs out, and says where it goes on', async () => {
    await added(25)
    const parts = await inParts(at())
    expect(parts.map(({ checked, stopped }) => [checked, stopped])).toEqual([
      [10, 'time'],
      [10, 'time'],
      [5, null],
    ])
    expect(must(parts.at(-1)).head?.seq).toBe(25)
  })

  it.each<[name: string, sql: string, seq: number, because: RegExp]>([
    ['a changed row', `UPDATE job_audit SET reason = 'another' WHERE seq = 12`, 12, /not as it was written/],
    [
      'a changed figure',
      `UPDATE job_audit SET stats = '{"bytes": 1}' WHERE seq = 12`,
      12,
      /not as it was written/,
    ],
    [
      'a changed instant',
      `UPDATE job_audit SET at = at + interval '1 millisecond' WHERE seq = 12`,
      12,
      /not as it was written/,
    ],
    [
      'a changed hash',
      `UPDATE job_audit SET hash = repeat('a', 64) WHERE seq = 12`,
      12,
      /not as it was written/,
    ],
    ['a row that is missing', 'DELETE FROM job_audit WHERE seq = 12', 12, /row 12 is missing/],
    ['a first row that is missing', 'DELETE FROM job_audit WHERE seq = 1', 1, /row 1 is missing/],
    [
      'rows that have moved up',
      'DELETE FROM job_audit WHERE seq = 12; UPDATE job_audit SET seq = -seq WHERE seq > 12; UPDATE job_audit SET seq = -seq - 1 WHERE seq < 0',
      12,
      /does not follow/,
    ],
  ])('with %s is broken there', async (_, sql, seq, because) => {
    await added(25)
    await tampered(at(), sql)
    const verified = await verifyAudit(at().as(), {}, { pageSize: 10 })
    expect(verified).toMatchObject({
      ok: false,
      checked: seq - 1,
      broken: { seq, because: expect.stringMatching(because) },
    })
    const parts = await inParts(at())
    expect(parts.at(-1)?.broken).toEqual(verified.broken)
  })

  it('written anew from a row on, with hashes that agree, is known by the head that was kept', async () => {
    const rows = await added(10)
    const { head } = await keepAuditHead(at().as())
    expect(head).toMatchObject({ seq: 10, hash: must(rows.at(-1)).hash })
    await added(5)
    expect(await verifyAudit(at().as())).toMatchObject({ ok: true, checked: 15, keptHeads: 1 })
    await tampered(at(), 'DELETE FROM job_audit WHERE seq > 4')
    await added(11)
    const broken = { seq: 10, because: 'it is not the row whose hash was kept elsewhere' }
    expect(await verifyAudit(at().as())).toMatchObject({ ok: false, checked: 9, broken, keptHeads: 1 })
  })

  it('that has lost its end is known by the head that was kept', async () => {
    await added(10)
    await keepAuditHead(at().as())
    await tampered(at(), 'DELETE FROM job_audit WHERE seq > 8')
    const because = expect.stringMatching(/^it is missing: there were 10 rows at /)
    expect(await verifyAudit(at().as())).toMatchObject({ ok: false, checked: 8, broken: { seq: 9, because } })
    await tampered(at(), 'DELETE FROM job_audit')
    expect(await verifyAudit(at().as())).toMatchObject({ ok: false, head: null, broken: { seq: 1 } })
  })

  it('refuses a cursor that no verification gave', async () => {
    for (const cursor of ['5', '5.x', `x.${'a'.repeat(64)}`])
      expect(await refusal(verifyAudit(at().as(), { cursor }))).toMatchObject({ code: 'invalid' })
  })

  it('is listed newest first, page by page', async () => {
    const rows = await added(5)
    const pages: AuditRow[][] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listAudit(at().as(), { limit: 2, ...(cursor ? { cursor } : {}) })
      pages.push(page.data)
      cursor = page.nextCursor
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(pages.flat()).toEqual(rows.toReversed())
    expect(await refusal(listAudit(at().as(), { cursor: 'x' }))).toMatchObject({ code: 'invalid' })
  })

  describe('whose head is kept', () => {
    const openAlerts = async () =>
      await at().store.raw(`SELECT type, message FROM alerts WHERE "resolvedAt" IS NULL`)

    it('has nothing to keep while it is empty', async () => {
      expect(await keepAuditHead(at().as())).toEqual({ head: null, checked: 0, broken: null, more: false })
      expect(await at().ports.objects.list({ prefix: 'audit/' })).toEqual([])
    })

    it('has one a day, and the first of it stays', async () => {
      await added(3)
      const { head } = await keepAuditHead(at().as())
      await added(3)
      expect(await keepAuditHead(at().as())).toMatchObject({ head, checked: 4 })
      const [object, ...others] = await at().ports.objects.list({ prefix: 'audit/' })
      expect([object?.key, others]).toEqual([`audit/head-${head?.keptAt.slice(0, 10)}.json`, []])
    })

    it('reads what came since the last one, and goes on from there another day', async () => {
      await added(3)
      await keepAuditHead(at().as())
      await aDayLater(at())
      await added(4)
      expect(await keepAuditHead(at().as(), { pageSize: 2 })).toMatchObject({
        head: { seq: 7 },
        checked: 5,
        more: false,
      })
      expect(await verifyAudit(at().as())).toMatchObject({ ok: true, keptHeads: 2 })
    })

    it('keeps that of what it had time for', async () => {
      await added(7)
      expect(await keepAuditHead(at().as(), { budgetMs: 0, pageSize: 3 })).toMatchObject({
        head: { seq: 3 },
        more: true,
      })
      await aDayLater(at())
      expect(await keepAuditHead(at().as())).toMatchObject({ head: { seq: 7 }, checked: 5, more: false })
    })

    it('opens an alert where it does not hold, and keeps no head over it', async () => {
      await added(5)
      await keepAuditHead(at().as())
      await aDayLater(at())
      await added(5)
      await tampered(at(), `UPDATE job_audit SET actor = 'eve' WHERE seq = 7`)
      const broken = { seq: 7, because: 'it is not as it was written' }
      expect(await keepAuditHead(at().as())).toMatchObject({ head: null, broken })
      expect(await openAlerts()).toEqual([
        { type: 'audit.broken', message: 'the audit does not hold: row 7: it is not as it was written' },
      ])
      expect(await at().ports.objects.list({ prefix: 'audit/' })).toHaveLength(1)
      await tampered(at(), `UPDATE job_audit SET actor = 'ada' WHERE seq = 7`)
      expect(await keepAuditHead(at().as())).toMatchObject({ head: { seq: 10 }, broken: null })
      expect(await openAlerts()).toEqual([])
    })

    it('opens one where what was kept is another, or gone', async () => {
      await added(5)
      await keepAuditHead(at().as())
      await tampered(at(), 'DELETE FROM job_audit WHERE seq > 3')
      expect(await keepAuditHead(at().as())).toMatchObject({
        head: null,
        broken: { seq: expect.any(Number) },
      })
      await added(4)
      expect(await keepAuditHead(at().as())).toMatchObject({
        broken: { seq: 5, because: expect.stringContaining('kept') },
      })
      expect(await openAlerts()).toHaveLength(1)
    })

    it('opens one where the end was cut off, even if there is no time to come to it', async () => {
      await added(9)
      await keepAuditHead(at().as())
      await aDayLater(at())
      await tampered(at(), 'DELETE FROM job_audit WHERE seq > 7')
      const broken = { seq: 9, because: expect.stringMatching(/^it is missing: there were 9 rows/) }
      expect(await keepAuditHead(at().as(), { budgetMs: 0, pageSize: 3 })).toMatchObject({
        head: null,
        broken,
      })
      expect(await openAlerts()).toHaveLength(1)
      expect(await at().ports.objects.list({ prefix: 'audit/' })).toHaveLength(1)
    })

    it('keeps none that is behind one that was kept, whichever day that was', async () => {
      await added(9)
      const { head } = await keepAuditHead(at().as())
      await aDayLater(at())
      await tampered(at(), 'DELETE FROM job_audit WHERE seq > 7')
      const [first] = await at().store.audit.walk(2, 1)
      const behind = { ...must(head), seq: 3, hash: must(first).hash }
      const day = must(head).keptAt.slice(0, 10)
      await at().ports.objects.put(`audit/head-${day}.json`, new TextEncoder().encode(JSON.stringify(behind)))
      expect(await keepAuditHead(at().as())).toMatchObject({ head: null, broken: { seq: 9 } })
    })

    it('says of one that cannot be read that there is none', async () => {
      await added(2)
      await at().ports.objects.put('audit/head-2020-01-01.json', new TextEncoder().encode('{"seq": "x"}'))
      expect(await verifyAudit(at().as())).toMatchObject({ ok: true, keptHeads: 0 })
      expect(at().logged.at(-1)).toMatchObject({ level: 'error', key: 'audit/head-2020-01-01.json' })
    })
  })
})

/** What only somebody can do who may change the tables themselves. */
async function tampered({ store }: TestLedger, sql: string): Promise<void> {
  await store.raw('ALTER TABLE job_audit DISABLE TRIGGER refuse_audit_change')
  try {
    await store.raw(sql)
  } finally {
    await store.raw('ALTER TABLE job_audit ENABLE TRIGGER refuse_audit_change')
  }
}

/** The heads kept so far are of the days before. */
async function aDayLater({ ports: { objects } }: TestLedger): Promise<void> {
  for (const { key } of await objects.list({ prefix: 'audit/head-' })) {
    const day = key.slice('audit/head-'.length, -'.json'.length)
    const before = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
    await objects.copy(key, `audit/head-${before}.json`)
    await objects.deleteMany([key])
  }
}

/** With time for one page a part. */
async function inParts({ as }: TestLedger): Promise<VerifiedAudit[]> {
  const parts: VerifiedAudit[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const part = await verifyAudit(as(), cursor ? { cursor } : {}, { budgetMs: 0, pageSize: 10 })
    parts.push(part)
    cursor = part.nextCursor
  }
  return parts
}

describe('the job that keeps the audit’s head', () => {
  const at = useLedger(POSTGRES)
  const work = { executionId: 'x', signal: new AbortController().signal, budgetMs: 60_000 }

  it('says how much holds, and fails where something does not', async () => {
    const keep = must(BUILTINS.keepAuditHead)
    await at().store.audit.append([auditEntry(), auditEntry()])
    expect(await keep(at().as(), work)).toEqual({
      success: true,
      message: '2 rows of the audit hold',
      metrics: { seq: 2, checked: 2, more: false },
    })
    await tampered(at(), 'DELETE FROM job_audit WHERE seq = 2')
    expect(await keep(at().as(), work)).toMatchObject({
      success: false,
      message: expect.stringMatching(/^row 2: it is missing/),
    })
  })
})
