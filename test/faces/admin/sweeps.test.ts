import { describe, expect, it } from 'vitest'
import { listAlerts } from '../../../lib/ledger/alerts/list-alerts.ts'
import { listAudit } from '../../../lib/ledger/audit/list-audit.ts'
import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { listSweeps } from '../../../lib/ledger/retention/sweeps.ts'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { must, useApp } from '../v1/steps.ts'
import { ledgerOf } from './cron-steps.ts'
import { dispatched, oldRuns, withJobs } from './storage-steps.ts'

const SWEEPS = '/admin/storage/sweeps'

describe('sweeps', () => {
  const at = useApp()

  it('are looked at without being made, and nothing is touched', async () => {
    const app = at()
    const kind = unique('old')
    await oldRuns(app, { count: 3, days: 60, kind })
    const shown = await (await signedIn(app)).post(SWEEPS, { kind: 'delete', how: 'dry' })
    expect(shown.text).toContain('nothing was touched')
    expect(shown.text).toContain('This one only looked, and touched nothing.')
    expect(shown.text).toContain('Planned 3 runs')
    expect(await app.raw(`SELECT count(*)::int AS count FROM runs WHERE kind = '${kind}'`)).toEqual([
      { count: 3 },
    ])
  })

  it('are made by their cron job when somebody asks, and followed from there', async () => {
    const app = at()
    const browser = await signedIn(app)
    const refused = await browser.send(SWEEPS, { kind: 'delete', how: 'run' })
    expect([refused.status, refused.text.includes('no cron job does cleanupOldRuns')]).toEqual([404, true])
    await withJobs(app)
    const asked = await browser.post(SWEEPS, { kind: 'delete', how: 'run' })
    expect(asked.text).toContain('daily-old-run-cleanup was triggered')
    expect(asked.text).toMatch(/daily-old-run-cleanup (waits|at work),/)
    await dispatched(app)
    const after = await browser.get(SWEEPS)
    expect(after.text).not.toContain('waits, asked for')
    expect(after.text).toMatch(/delete completed 3 runs [^/]*3 deleted runs/)
    expect((await browser.send(SWEEPS, { kind: 'spring', how: 'run' })).status).toBe(422)
  })

  it('are listed by kind and by how they ended', async () => {
    const browser = await signedIn(at())
    const rows = async (query: string) =>
      [...(await browser.get(`${SWEEPS}?${query}`)).html.matchAll(/data-label="Kind"\s*>\s*(\w+)\s*</g)].map(
        ([, kind]) => kind,
      )
    expect(await rows('kind=purge')).toEqual(['purge'])
    expect(new Set(await rows('kind=delete&status=completed'))).toEqual(new Set(['delete']))
    expect((await browser.get(`${SWEEPS}?status=failed`)).text).toContain('No sweep is like that')
    expect((await browser.get(`${SWEEPS}?kind=nonsense`)).status).toBe(200)
  })
})

describe('a sweep that is held, and not wanted', () => {
  const at = useApp()

  it('waits no more once the policies have changed and the next one is made', async () => {
    const app = at()
    const ctx = ledgerOf(app)
    const kind = unique('old')
    await oldRuns(app, { count: 1_001, days: 10, kind })
    await putPolicies(ctx, { rules: [{ kind, deleteAfterDays: 0 }] })
    const { id } = await sweepDelete(ctx)
    const browser = await signedIn(app)
    const alerts = async () => (await listAlerts(ctx, { state: 'open' })).data.map(({ type }) => type)
    expect(await alerts()).toEqual(['sweep.needs_approval'])

    const { revision } = await putPolicies(ctx, {
      rules: [{ kind, deleteAfterDays: null }],
      reason: 'we want it',
    })
    const changed = await browser.get(`/admin/storage/sweeps/${id}`)
    expect(changed.text).toContain(`The policies have changed since: revision ${revision} of the policies`)
    expect(changed.text).toContain('“we want it”')
    expect(changed.html).not.toContain(`${id}/approve`)
    const refused = await browser.send(`${SWEEPS}/${id}/approve`, { reason: 'all the same' })
    expect([refused.status, refused.text.includes('the policies have changed since')]).toEqual([409, true])

    const next = await sweepDelete(ctx)
    expect([next.status, next.counts.deletedRuns]).toEqual(['completed', 0])
    expect(await alerts()).toEqual([])
    expect((await browser.get(SWEEPS)).text).not.toContain('waits for an approval')
    const after = await browser.get(`${SWEEPS}/${id}`)
    expect(after.text).toContain('Another sweep of this kind has been made since')
    expect(after.html).toContain(`href="${SWEEPS}/${next.id}"`)
  })
})

describe('a sweep that is held', () => {
  const at = useApp()

  it('shows what would go and why it does not, and is let through within bounds', async () => {
    const app = at()
    const kind = unique('old')
    await oldRuns(app, { count: 1_200, days: 10, kind })
    await putPolicies(ledgerOf(app), { rules: [{ kind, deleteAfterDays: 0 }], reason: 'less <b>mail' })
    const { id, status } = await sweepDelete(ledgerOf(app))
    expect(status).toBe('needs_approval')
    const browser = await signedIn(app)
    const list = await browser.get(SWEEPS)
    expect(list.text).toContain('waits for an approval: it would delete 1,200 runs')
    expect(list.html).toContain(`href="${SWEEPS}/${id}"`)

    const page = await browser.get(`${SWEEPS}/${id}`)
    expect(page.text).toContain('It would delete 1,200 runs and has deleted none:')
    expect(page.text).toContain(`By kind: ${kind} 1,200 It goes by`)
    expect(page.text).toMatch(
      /revision 1 of the policies , set by system [^“]+“less <b>mail” \( all changes \)/,
    )
    expect(page.html).toContain('href="/admin/audit?action=policies.changed"')
    expect(page.text).toContain('Not wanted? What nobody lets through is not deleted. Change the policies')
    // They have left nothing: there are no bytes to bound.
    expect(page.html).not.toContain('name="mostBytes"')
    expect(page.html).toMatch(/action="[^"]*\/approve#approve"/)
    expect(page.html).toContain('id="approve" tabindex="-1"')
    expect(page.text).toMatch(/the policies were changed at \d+ \w{3} \d\d:\d\d:\d\d ,/)
    expect(page.text).not.toMatch(/\dT\d\d:/)
    expect(page.text).toContain('By itself it may delete 1,000 runs')
    expect(page.text).toContain('Of all runs 100 %')
    expect(page.text).toContain(`runs of kind ${kind} deleted after 0 days`)
    const [sample] = (await app.raw(
      `SELECT plan -> 'sample' ->> 0 AS id FROM sweeps WHERE id = '${id}'`,
    )) as { id: string }[]
    expect(page.html).toContain(`/admin/runs/${must(sample).id}`)

    const refused = await browser.send(`${SWEEPS}/${id}/approve`, {
      reason: 'we <b>decided</b>',
      mostRuns: 'many',
    })
    expect(refused.status).toBe(422)
    expect(refused.html).toContain('value="we &lt;b&gt;decided&lt;/b&gt;"')
    expect(refused.html).toContain('value="many"')

    const let1 = await browser.post(`${SWEEPS}/${id}/approve`, {
      reason: 'we <b>decided</b>',
      mostRuns: '1100',
    })
    expect(let1.text).toContain('You let the delete sweep through')
    expect(let1.text).toContain('Because we <b>decided</b>')
    expect(let1.text).toContain('0 of 1,100 deleted')
    expect(let1.text).not.toContain('0 B of 0 B')
    expect((await browser.get(SWEEPS)).text).not.toContain('waits for an approval')
    const { data } = await listAudit(ledgerOf(app), { action: 'sweep.approved' })
    expect(data).toMatchObject([{ actor: 'admin', sweepId: id, reason: 'we <b>decided</b>' }])

    await sweepDelete(ledgerOf(app))
    const used = await browser.get(`${SWEEPS}/${id}`)
    expect(used.text).toContain('Runs 1,100 of 1,100 deleted')
    const again = await browser.send(`${SWEEPS}/${id}/approve`, { reason: 'again' })
    expect(again.status).toBe(409)
    expect(again.text).toContain('has been approved already')
  })

  it('names its errors by item', async () => {
    const app = at()
    const [sweep] = (await listSweeps(ledgerOf(app))).data
    const { id } = must(sweep)
    const errors = JSON.stringify([{ item: '<b>', message: 'is <i>gone</i>' }])
    await app.raw(`UPDATE sweeps SET status = 'partial', errors = '${errors}' WHERE id = '${id}'`)
    const { text, html } = await (await signedIn(app)).get(`${SWEEPS}/${id}`)
    expect(text).toContain('<b> is <i>gone</i>')
    expect(html).not.toContain('<i>gone')
    expect((await (await signedIn(app)).get(`${SWEEPS}/${app.ports.newId()}`)).status).toBe(404)
  })
})
