import { describe, expect, it } from 'vitest'
import { updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { AuditRow } from '../../../lib/run/audit.ts'
import { must } from '../../contracts/harness.ts'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { useApp } from '../v1/steps.ts'
import { ledgerOf, madeJob } from './cron-steps.ts'

const at = useApp()
const EVIL = '<script>alert(1)</script>'

/** What somebody of this name did: a job made, changed twice. */
async function doneBy(name: string): Promise<string> {
  const system = ledgerOf(at())
  const ctx = { ...system, actor: { ...system.actor, name } }
  const { id } = await madeJob(at())
  await updateCronJob(ctx, { job: id, description: EVIL })
  await updateCronJob(ctx, { job: id, maxRetries: 2 })
  return id
}

describe('the audit', () => {
  it('of a new ledger says that nothing has been done', async () => {
    const { text } = await (await signedIn(at())).get('/admin/audit')
    expect(text).toContain('It is empty')
    expect(text).toContain('Nothing has been done yet')
  })

  it('shows who did what to what, with all that a row keeps, as text', async () => {
    const who = unique('Zoë')
    const id = await doneBy(who)
    const { ports } = at()
    const { html, text } = await (await signedIn(at())).get('/admin/audit')
    const head = must(await ports.audit.head())
    expect(text).toContain(`${who} cron.changed cron job`)
    expect(html).toContain(`href="/admin/cron/${id}"`)
    expect(text).toContain(head.hash)
    expect(text).toContain(`"to": "${EVIL}"`)
    expect(html).not.toContain(EVIL)
  })

  it('shows those rows alone that are asked for', async () => {
    const [ada, zoe] = [unique('ada'), unique('zoe')]
    await doneBy(ada)
    await doneBy(zoe)
    const browser = await signedIn(at())
    const rows = async (query: Record<string, string>) => {
      const { html, status } = await browser.get(`/admin/audit?${new URLSearchParams(query)}`)
      expect(status).toBe(200)
      return html.match(/id="row-\d+"/g)?.length ?? 0
    }
    expect(await rows({ who: ada })).toBe(2)
    expect(await rows({ who: ada, action: 'cron.changed' })).toBe(2)
    expect(await rows({ who: ada, action: 'cron.deleted' })).toBe(0)
    expect(await rows({ who: zoe, from: '2020-01-01', to: '2999-12-31' })).toBe(2)
    expect(await rows({ who: zoe, to: '2020-01-01' })).toBe(0)
    expect(await rows({ who: zoe, from: '2999-01-01' })).toBe(0)
    for (const [name, value] of Object.entries({ run: 'no-run', from: 'yesterday', to: '2026' })) {
      const wrong = await browser.get(`/admin/audit?${name}=${value}`)
      expect(wrong.status).toBe(422)
      expect(wrong.html).toMatch(new RegExp(`id="field-${name}"[^>]*aria-invalid="true"`))
    }
  })

  it('goes on page by page, by the filter that was asked for', async () => {
    const who = unique('many')
    for (let n = 0; n < 26; n++) await doneBy(who)
    const browser = await signedIn(at())
    const first = await browser.get(`/admin/audit?who=${who}`)
    const next = must(/href="([^"]*)" rel="next"/.exec(first.html)?.[1]).replaceAll('&amp;', '&')
    expect(next).toContain(`who=${who}`)
    const second = await browser.get(next)
    expect(second.html.match(/id="row-\d+"/g)).toHaveLength(2)
    expect(second.html).toContain('rel="first"')
    expect(second.html).not.toContain('rel="next"')
  })

  it('is verified by a button, and tells the first row that is not as it was', async () => {
    await doneBy(unique('ada'))
    const browser = await signedIn(at())
    const holds = await browser.post('/admin/audit/verify')
    const { seq } = must(await at().ports.audit.head())
    expect(holds.text).toContain(`The chain holds: ${seq} rows checked, up to row ${seq}`)
    expect(holds.text).toContain('No head is kept in the object store yet')
    await at().raw('ALTER TABLE job_audit DISABLE TRIGGER USER')
    await at().raw(`UPDATE job_audit SET actor = 'eve' WHERE seq = ${seq}`)
    const broken = await browser.post('/admin/audit/verify')
    expect((await browser.get('/admin/audit/verify')).headers.get('location')).toBe('/admin/audit')
    expect(broken.text).toContain(
      `The audit is not as it was written. Row ${seq}: it is not as it was written.`,
    )
  })

  it('is exported as lines of JSON or as one, with the filter, whatever there is of it', async () => {
    const who = unique('out')
    for (let n = 0; n < 55; n++) await doneBy(who)
    const browser = await signedIn(at())
    const lines = await browser.get(`/admin/audit/export?who=${who}&format=ndjson`)
    expect(lines.headers.get('content-disposition')).toBe('attachment; filename="audit.ndjson"')
    expect(lines.headers.get('cache-control')).toBe('no-store')
    const rows = lines.html.trimEnd().split('\n')
    expect(rows).toHaveLength(110)
    for (const row of rows) expect(AuditRow.parse(JSON.parse(row))).toMatchObject({ actor: who })
    const whole = await browser.get(`/admin/audit/export?who=${who}&format=json`)
    expect(JSON.parse(whole.html)).toEqual(rows.map((row) => JSON.parse(row)))
    expect((await browser.get('/admin/audit/export?who=nobody')).html).toBe('')
    expect(JSON.parse((await browser.get('/admin/audit/export?who=nobody&format=json')).html)).toEqual([])
    expect((await browser.get('/admin/audit/export?run=no-run')).status).toBe(422)
  })

  it('is for admins', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:write', 'runs:work'] })
    const browser = await signedIn(at(), key)
    for (const path of ['/admin/audit', '/admin/audit/export'])
      expect((await browser.get(path)).status).toBe(403)
    expect((await browser.send('/admin/audit/verify')).status).toBe(403)
  })
})
