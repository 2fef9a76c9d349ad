import { describe, expect, it } from 'vitest'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { backupLedger } from '../../../lib/ledger/backups/backup-ledger.ts'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { must, useApp } from '../v1/steps.ts'
import { ledgerOf } from './cron-steps.ts'
import { end, startRun } from './run-steps.ts'
import { archivedRun, dispatched, endedRun, withJobs } from './storage-steps.ts'

const PAGES = ['', '/sweeps', '/policies', '/holds', '/deleted', '/orphans', '/backups'].map(
  (path) => `/admin/storage${path}`,
)

describe('storage', () => {
  const at = useApp({ env: { STORAGE_CAPACITY_BYTES: '100000' } })

  it('says before the first sample that there is none, and takes one when it is asked to', async () => {
    const app = at()
    await withJobs(app)
    const browser = await signedIn(app)
    const before = await browser.get('/admin/storage')
    expect(before.text).toContain('Storage has not been counted yet')
    expect(before.html).not.toContain('data-live')
    const [kind, archived] = [unique('kind'), await archivedRun(app)]
    await endedRun(app, { kind, bytes: 8_000 })
    const asked = await browser.post('/admin/storage/sample')
    expect(asked.text).toContain('daily-storage-sample was triggered')
    expect(asked.text).toContain('Storage is being counted with the next dispatch')
    expect(asked.html).toContain('data-live')
    await dispatched(app)
    const after = await browser.get('/admin/storage')
    expect(after.html).not.toContain('data-live')
    expect(after.text).toMatch(/In all 8\.\d kB 2 runs Active 8 kB 1 run Archived \d+ B 1 run/)
    expect(after.text).toContain(`${kind} 1 8 kB`)
    expect(after.text).toMatch(/8\.\d kB of 100 kB: 8\.\d %/)
    expect(after.text).toContain('There are too few samples')
    expect(after.text).toContain('the next sample is tomorrow’s')
    expect(after.text).toContain('100 % of 1 archive read again')
    expect(after.text).toContain(archived)
    expect(after.text).toMatch(/Archives take 40 to 60 % less, or better \d+(\.\d)? % met/)
    expect(after.text).toContain('Nothing is lost nothing met')
  })

  it('says when the threshold is reached at the pace of the samples', async () => {
    const app = at()
    const day = must((await app.raw('SELECT max(day) AS day FROM storage_walks'))[0]) as { day: string }
    const held = (bytes: number) =>
      JSON.stringify([
        {
          storageState: 'active',
          runs: 1,
          logBytes: 0,
          outputBytes: bytes,
          archiveBytes: 0,
          originalBytes: 0,
        },
      ])
    await app.raw(`UPDATE storage_walks SET totals = '${held(60_000)}'`)
    for (const [n, bytes] of [50_000, 40_000].entries())
      await app.raw(`INSERT INTO storage_walks (day, "completedAt", totals)
        VALUES (to_char('${day.day}'::date - ${n + 1}, 'YYYY-MM-DD'), now(), '${held(bytes)}')`)
    const on = new Date(Date.parse(day.day) + 2 * 86_400_000).toISOString().slice(0, 10)
    const { text } = await (await signedIn(app)).get('/admin/storage')
    expect(text).toContain('It has grown by 10 kB a day over the last 2 days.')
    expect(text).toContain(`the threshold of 80 kB, at which an alert is opened, is reached on ${on} .`)
    expect(text).toContain(`${day.day} 60 kB 0 B`)
  })

  it('names what is lost, as text, and misses its target', async () => {
    const app = at()
    const runId = await endedRun(app, { bytes: 0 })
    await openAlert(ledgerOf(app), {
      key: 'storage.missing',
      type: 'storage.missing',
      message: 'objects are gone: <script>alert(1)</script>',
      data: { count: 1, runs: [runId] },
    })
    const browser = await signedIn(app)
    for (const page of ['/admin/storage', '/admin/storage/orphans']) {
      const { text, html } = await browser.get(page)
      expect(text).toContain('objects are gone: <script>alert(1)</script>')
      expect(html).not.toContain('<script>alert')
      expect(html).toContain(`/admin/runs/${runId}`)
    }
    expect((await browser.get('/admin/storage')).text).toContain('Nothing is lost 1 incident missed')
  })

  it.each(PAGES)('%s is for admins alone', async (page) => {
    const app = at()
    const key = await app.makeKey({ scopes: ['runs:read', 'runs:write', 'runs:work'] })
    const browser = await signedIn(app, key.key)
    const answer = await browser.get(page)
    expect(answer.status).toBe(403)
    expect(answer.html).not.toContain('href="/admin/storage"')
  })
})

describe('the shares of storage', () => {
  const at = useApp()

  it('lead to the runs of the project', async () => {
    const app = at()
    await withJobs(app)
    const [one, other] = [await startRun(app), await startRun(app)]
    for (const held of [one, other]) await end(app, held, 'succeed')
    const browser = await signedIn(app)
    await browser.post('/admin/storage/sample')
    await dispatched(app)
    const { html } = await browser.get('/admin/storage')
    const list = must(new RegExp(`href="([^"]+)">${one.run.projectId}</a>`).exec(html)?.[1])
    const found = await browser.get(list)
    expect(found.html).toContain(one.run.id)
    expect(found.html).not.toContain(other.run.id)
  })
})

describe('backups', () => {
  const at = useApp()

  it('are listed, and made when somebody asks', async () => {
    const app = at()
    await withJobs(app)
    const browser = await signedIn(app)
    expect((await browser.get('/admin/storage/backups')).text).toContain('There is no backup yet')
    const { backup } = await backupLedger(ledgerOf(app))
    const listed = await browser.get('/admin/storage/backups')
    expect(listed.text).toContain(`${backup.id} complete`)
    const asked = await browser.post('/admin/storage/backups')
    expect(asked.text).toContain('weekly-backup was triggered')
    expect(asked.text).toContain('The ledger is being backed up with the next dispatch')
    await dispatched(app)
    expect((await browser.get('/admin/storage/backups')).text.match(/ complete /g)).toHaveLength(2)
  })
})
