import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../lib/ledger/audit/list-audit.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { getPolicies, putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { simulatePolicies } from '../../../lib/ledger/retention/simulate-policies.ts'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { must, useApp } from '../v1/steps.ts'
import { ledgerOf } from './cron-steps.ts'
import { oldRuns } from './storage-steps.ts'

const POLICIES = '/admin/storage/policies'
const SIMULATED = `${POLICIES}/simulated`

/** Rules as the form sends them. */
const typed = (...rules: Record<string, string>[]) => ({
  rows: String(rules.length),
  ...Object.fromEntries(
    rules.flatMap((rule, row) => Object.entries(rule).map(([field, value]) => [`${row}-${field}`, value])),
  ),
})

describe('retention policies', () => {
  const at = useApp()
  const ctx = () => ledgerOf(at())

  it('are shown with what the configuration says, and where that is said', async () => {
    await putPolicies(ctx(), { rules: [{ state: 'failed', deleteAfterDays: 90 }], reason: 'to <b>learn</b>' })
    const { text, html } = await (await signedIn(at())).get(POLICIES)
    expect(text).toContain('failed runs – 90 days')
    expect(text).toContain('(the configuration) 7 days ARCHIVE_AFTER_DAYS 30 days DELETE_AFTER_DAYS')
    expect(text).toContain('Revision 1, by system')
    expect(text).toContain('to <b>learn</b>')
    expect(html).toMatch(/name="0-deleteAfterDays"[^>]*aria-label="Delete after of rule 1"|value="90"/)
  })

  it('are simulated before they are saved: what would go, what stays, how that differs, and nothing is touched', async () => {
    const app = at()
    const kind = unique('kind')
    await oldRuns(app, { count: 20, days: 20, kind })
    const [run] = (await app.raw(`SELECT id FROM runs WHERE kind = '${kind}' LIMIT 1`)) as { id: string }[]
    await holdRun(ctx(), { id: must(run).id, reason: 'an audit' })
    const before = await getPolicies(ctx())
    const browser = await signedIn(app)
    const rules = typed({ kind, deleteAfterDays: '14' })
    const shown = await browser.send(SIMULATED, { ...rules, revision: '1', do: 'simulate' })
    expect(shown.status).toBe(200)
    expect(shown.html).toContain(`formaction="${SIMULATED}#simulated"`)
    expect(shown.html).toMatch(/<h2 id="simulated" tabindex="-1">What would go</)
    expect(shown.text).toContain('delete 19 runs , 19 runs more than now. 1 on hold stays.')
    expect(shown.text).toContain('Deleted 19 runs nothing +19 runs')
    expect(shown.text).toContain(
      `it is deleted 14 days after it finished, by the rule for runs of kind ${kind}`,
    )
    expect(shown.html).toContain('value="14"')
    const later = new Date(app.ports.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    const then = await browser.send(SIMULATED, { ...rules, revision: '1', do: 'simulate', day: later })
    expect(then.text).toContain('delete 19 runs , as many as now.')
    expect(then.html).toContain(`value="${later}"`)
    expect(await getPolicies(ctx())).toEqual(before)
    expect(await app.raw(`SELECT count(*)::int AS count FROM runs WHERE kind = '${kind}'`)).toEqual([
      { count: 20 },
    ])
  })

  it('say what is wrong with which field, and keep what was typed', async () => {
    const browser = await signedIn(at())
    const rules = typed(
      { kind: 'a <b>', deleteAfterDays: '3' },
      {},
      { kind: 'good', archiveAfterDays: 'soon' },
    )
    for (const to of [SIMULATED, POLICIES]) {
      const { status, text, html } = await browser.send(to, { ...rules, revision: '1', reason: 'because' })
      expect(status).toBe(422)
      expect(text).toContain('Rule 1, kind: must begin with a letter or digit')
      expect(text).toContain('Rule 3, archive after: must be a number of days, or never')
      expect(html.match(/id="simulated"/g)).toHaveLength(1)
      expect(html).toContain('<div id="simulated" tabindex="-1" role="alert">')
      expect(html).toContain('value="a &lt;b&gt;"')
      expect(html).toContain('value="soon"')
      expect(html).toContain('value="because"')
    }
    const day = await browser.send(SIMULATED, {
      ...typed({ deleteAfterDays: '3' }),
      day: 'soon',
      do: 'simulate',
    })
    expect([day.status, day.html.includes('value="soon"')]).toEqual([422, true])
  })

  it('are saved by name and reason; lines that are blank or to be removed are not among them', async () => {
    const browser = await signedIn(at())
    const rules = typed(
      { kind: 'report', projectId: '-', archiveAfterDays: 'never', keepLast: '3' },
      {},
      { state: 'failed', deleteAfterDays: '90', remove: 'yes' },
      { projectId: 'acme', deletionStrategy: 'hard', deleteGraceDays: '0' },
    )
    const { revision } = await getPolicies(ctx())
    const saved = await browser.post(POLICIES, { ...rules, revision: String(revision), reason: 'less' })
    expect(saved.text).toContain(`Revision ${revision + 1} of the policies is in force: 2 rules`)
    expect(await getPolicies(ctx())).toMatchObject({
      setBy: 'admin',
      reason: 'less',
      rules: [
        { kind: 'report', projectId: null, archiveAfterDays: null, keepLast: 3 },
        { projectId: 'acme', deletionStrategy: 'hard', deleteGraceDays: 0 },
      ],
    })
    const { data } = await listAudit(ctx(), { action: 'policies.changed', limit: 1 })
    expect(data).toMatchObject([{ actor: 'admin', reason: 'less' }])
  })

  it('that somebody else has set meanwhile are shown, and what was typed is still there', async () => {
    const { revision } = await getPolicies(ctx())
    await putPolicies(ctx(), { rules: [{ kind: 'theirs', deleteAfterDays: 1 }] })
    const browser = await signedIn(at())
    const mine = { ...typed({ kind: 'mine', deleteAfterDays: '2' }), reason: 'mine' }
    const { status, text, html } = await browser.send(POLICIES, { ...mine, revision: String(revision) })
    expect(status).toBe(409)
    expect(text).toContain(`system has set revision ${revision + 1} since you began`)
    expect(text).toContain('runs of kind theirs')
    expect(html).toContain('value="mine"')
    const [, newer] = /name="revision" value="(\d+)"/.exec(html) ?? []
    expect((await browser.send(POLICIES, { ...mine, revision: newer ?? '' })).status).toBe(303)
    expect((await getPolicies(ctx())).rules).toEqual([{ kind: 'mine', deleteAfterDays: 2 }])
  })

  it('are counted on where time ran out', async () => {
    const kind = unique('kind')
    await oldRuns(at(), { count: 30, days: 20, kind })
    const rules = [{ kind, deleteAfterDays: 14 }]
    const part = await simulatePolicies(ctx(), { rules }, { budgetMs: 0, pageSize: 10 })
    expect(part.edited.nextCursor).not.toBeNull()
    const browser = await signedIn(at())
    const form = typed({ kind, deleteAfterDays: '14' })
    for (const soFar of [JSON.stringify(part), '{', JSON.stringify({ edited: 1 })]) {
      const { status, text } = await browser.send(SIMULATED, { ...form, do: 'on', soFar })
      expect(status).toBe(200)
      expect(text).toContain(`${kind} nothing 30 runs nothing`)
      expect(text).not.toContain('Time ran out')
    }
  })

  it('have as many lines as somebody asks for', async () => {
    const browser = await signedIn(at())
    const { html } = await browser.send(SIMULATED, { ...typed({ kind: 'a', keepLast: '1' }), do: 'add' })
    expect(html).toContain('name="rows" value="4"')
    expect(html).toContain('name="3-kind"')
  })
})
