import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { listCronExecutions } from '../../../lib/ledger/cron/cron-executions.ts'
import { getCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { DEFINITIONS } from '../../../lib/ledger/cron/definitions.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { must } from '../../contracts/harness.ts'
import { dispatch } from '../../ledger/cron/steps.ts'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { useApp } from '../v1/steps.ts'
import { jobOf, ledgerOf, madeJob } from './cron-steps.ts'

const at = useApp()
const EVIL = '<script>alert(1)</script>'

describe('the list of cron jobs', () => {
  it('says of each when it runs, how it did, and what is in its way; people’s first, then the program’s own', async () => {
    await syncCronJobs(ledgerOf(at()))
    const job = await madeJob(at(), { timeZone: 'Europe/Berlin', description: EVIL })
    const stuck = await madeJob(at(), { schedule: `\${NO_SUCH_SCHEDULE}` })
    const { text, html, status } = await (await signedIn(at())).get('/admin/cron')
    expect(status).toBe(200)
    expect(text).toContain(`${job.name} a run of report At 02:00 (Europe/Berlin) 0 2 * * *`)
    expect(text).toMatch(new RegExp(`${stuck.name} cannot run .* NO_SUCH_SCHEDULE is not set`))
    expect(text).toContain('1 job cannot run')
    expect(text.indexOf(job.name)).toBeLessThan(text.indexOf('daily-cleanup-2am'))
    for (const { name } of DEFINITIONS) expect(text).toContain(name)
    expect(html).not.toContain(EVIL)
  })

  it('shows what became of the last occurrences, in words and as a link; each of them on the job’s own page', async () => {
    const ctx = ledgerOf(at())
    const job = await madeJob(at(), { action: { type: 'builtin', name: 'cleanupStaleScripts' } })
    const { executionId } = await triggerCronJob(ctx, { job: job.id })
    await dispatch(ctx, { builtins: { cleanupStaleScripts: async () => Promise.reject(new Error(EVIL)) } })
    await triggerCronJob(ctx, { job: job.id })
    await dispatch(ctx, {
      builtins: { cleanupStaleScripts: async () => ({ success: true, message: '', metrics: {} }) },
    })
    const browser = await signedIn(at())
    const { html, text } = await browser.get(`/admin/cron?q=${job.name}`)
    expect(html.match(/class="dots"/g)).toHaveLength(1)
    expect(html).toMatch(
      new RegExp(
        `href="/admin/cron/${job.id}#history" aria-label="${job.name}, last 2: 1 failed, 1 succeeded"`,
      ),
    )
    expect(text).toContain('50 %')
    const own = await browser.get(`/admin/cron/${job.id}`)
    expect(own.html).toContain(`href="/admin/cron/${job.id}/executions/${executionId}"`)
    expect(own.text).toMatch(/failed, by hand by system at /)
  })

  it('shows those alone that are asked for', async () => {
    const browser = await signedIn(at())
    const [on, off] = [await madeJob(at()), await madeJob(at(), { isEnabled: false })]
    const names = async (query: string) => {
      const { text } = await browser.get(`/admin/cron?${query}`)
      return [on.name, off.name].filter((name) => text.includes(name))
    }
    expect(await names('')).toEqual([on.name, off.name])
    expect(await names('show=enabled')).toEqual([on.name])
    expect(await names('show=disabled')).toEqual([off.name])
    expect(await names(`q=${off.name.toUpperCase()}`)).toEqual([off.name])
    expect(await names(`show=failing&q=${on.name}`)).toEqual([])
    expect((await browser.get('/admin/cron?q=nothing-of-that-name')).text).toContain('None of these matches')
  })

  it('reads variables anew, makes the program’s own jobs, and keeps the settings of all', async () => {
    const browser = await signedIn(at())
    expect((await browser.post('/admin/cron/reload')).text).toMatch(/read anew: \d+ jobs? will run/)
    expect((await browser.post('/admin/cron/seed')).text).toContain('The program’s own jobs: ')
    const settings = {
      defaultTimeoutMs: '90.5',
      defaultMaxRetries: '2',
      executionRetentionDays: '30',
      alertAfterFailures: '3',
      missedAfterSeconds: '600',
    }
    const kept = await browser.post('/admin/cron/settings', { ...settings, paused: 'yes' })
    expect(kept.text).toContain('Cron is paused')
    await madeJob(at())
    expect((await browser.get('/admin/cron')).text).toMatch(/Next due paused what is due is skipped/)
    const read = await getCronSettings(ledgerOf(at()))
    expect(read).toMatchObject({
      paused: true,
      defaultTimeoutMs: 90_500,
      changes: { paused: { by: 'admin' } },
    })
    const refused = await browser.post('/admin/cron/settings', { ...settings, defaultMaxRetries: 'many' })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('must be a whole number')
    expect(refused.html).toContain('value="many"')
    const emptied = await browser.post('/admin/cron/settings', { ...settings, defaultTimeoutMs: '' })
    expect(emptied.status).toBe(422)
    expect(emptied.html).toMatch(/id="field-defaultTimeoutMs-problem">must not be empty/)
    expect((await getCronSettings(ledgerOf(at()))).defaultTimeoutMs).toBe(90_500)
    await browser.post('/admin/cron/settings', settings)
    expect((await getCronSettings(ledgerOf(at()))).paused).toBe(false)
  })
})

describe('cron where nothing ticks', () => {
  it('says so, and since when', async () => {
    const job = await madeJob(at())
    const past = `now() - interval '10 minutes 5 seconds'`
    await at().raw(`UPDATE cron_jobs SET "nextRunAt" = ${past} WHERE id = '${job.id}'`)
    const { text } = await (await signedIn(at())).get('/admin/cron')
    expect(text).toMatch(/Nothing has ticked. 1 job should have begun, the first 1\d min ago/)
    await at().raw(`DELETE FROM cron_jobs WHERE id = '${job.id}'`)
  })
})

describe('a cron job', () => {
  it('shows what it does, its next times in each zone, where each setting is from, and its changes', async () => {
    const ctx = ledgerOf(at())
    const job = await madeJob(at(), { timeZone: 'Europe/Berlin', description: EVIL })
    await updateCronJob(ctx, { job: job.id, schedule: '30 3 * * *' })
    const browser = await signedIn(at())
    browser.cookies.set('runledger_zone', encodeURIComponent('America/New_York'))
    const { text, html } = await browser.get(`/admin/cron/${job.id}`)
    expect(text).toContain('Europe/Berlin (the job’s) America/New_York (yours) UTC')
    expect(text.match(/, 03:30/g)).toHaveLength(5)
    expect(text).toContain('Schedule 30 3 * * * system')
    expect(text).toContain('it was 0 2 * * *')
    expect(text).toContain('Schedule: 0 2 * * * → 30 3 * * *')
    expect(html).not.toContain(EVIL)
    browser.cookies.set('runledger_zone', encodeURIComponent('Europe/Berlin'))
    expect((await browser.get(`/admin/cron/${job.id}`)).text).toContain(
      'Europe/Berlin (the job’s, yours) UTC',
    )
  })

  it('has one column of times where job, reader and UTC have one clock', async () => {
    const job = await madeJob(at())
    const { text } = await (await signedIn(at())).get(`/admin/cron/${job.id}`)
    expect(text).toContain('UTC (the job’s, yours)')
  })

  it('runs now by a button, and says what came of it by whose hand, output, error and run', async () => {
    const ctx = ledgerOf(at())
    const browser = await signedIn(at())
    const job = await madeJob(at(), {
      isEnabled: false,
      action: { type: 'builtin', name: 'cleanupStaleScripts' },
    })
    const asked = await browser.post(`/admin/cron/${job.id}/trigger`)
    expect(asked.text).toContain('waits for its turn')
    await dispatch(ctx, {
      builtins: {
        cleanupStaleScripts: async () => ({ success: true, message: EVIL, metrics: { scripts: 3 } }),
      },
    })
    const [execution] = (await listCronExecutions(ctx, { job: job.id })).data
    expect(execution).toMatchObject({
      triggeredBy: 'manual',
      triggeredByUserId: 'admin',
      status: 'completed',
    })
    const path = `/admin/cron/${job.id}/executions/${must(execution).id}`
    const shown = await browser.get(path)
    expect(shown.text).toContain('by hand by admin')
    expect(shown.text).toContain(EVIL)
    expect(shown.html).not.toContain(EVIL)
    const listed = await browser.get(`/admin/cron/${job.id}?status=completed`)
    expect(listed.html).toContain(path)
    expect(listed.text).toContain(EVIL)
    expect(listed.html).not.toContain(EVIL)
    expect((await browser.get(`/admin/cron/${job.id}?status=missed`)).text).toContain('None is missed')
    const other = await madeJob(at())
    expect((await browser.get(`/admin/cron/${other.id}/executions/${must(execution).id}`)).status).toBe(404)
  })

  it('whose run waits for a worker is queued, wherever it is shown, and has not begun', async () => {
    const ctx = ledgerOf(at())
    const browser = await signedIn(at())
    const job = await madeJob(at())
    const path = must((await browser.send(`/admin/cron/${job.id}/trigger`)).headers.get('location'))
    const waits = await browser.get(path)
    expect(waits.text).toContain('It is queued: its run waits for a worker.')
    expect(waits.text).toMatch(/Started – Ended –/)
    const own = await browser.get(`/admin/cron/${job.id}`)
    expect(own.text).toMatch(/queued by hand waits for a worker/)
    expect(own.html).not.toMatch(/class="state running"/)
    expect((await browser.get(`/admin/cron?q=${job.name}`)).html).toContain('last 1: 1 queued')
    const [run] = await claimRuns(ctx, { workerId: 'w:1', limit: 1, kinds: ['report'] })
    expect(must(run).run.cronExecutionId).toBe(path.split('/').at(-1))
    const works = await browser.get(path)
    expect(works.text).toContain('It is at work.')
    expect(works.text).not.toMatch(/Started – Ended/)
  })

  it('tells when it was missed by the reader’s clock, and not how late it was', async () => {
    const ctx = ledgerOf(at())
    const job = await madeJob(at(), { schedule: '*/5 * * * *', missedPolicy: 'once' })
    await at().raw(`UPDATE cron_jobs SET "nextRunAt" = now() - interval '1 hour' WHERE id = '${job.id}'`)
    await dispatch(ctx)
    const [missed] = (await listCronExecutions(ctx, { job: job.id, status: ['missed'] })).data
    const browser = await signedIn(at())
    for (const path of [
      `/admin/cron/${job.id}?status=missed`,
      `/admin/cron/${job.id}/executions/${must(missed).id}`,
    ]) {
      const { text } = await browser.get(path)
      expect(text).toContain('nothing ticked between its time and ')
      expect(text).not.toMatch(/\d{4}-\d\d-\d\dT\d\d:/)
    }
    expect((await browser.get(`/admin/cron/${job.id}/executions/${must(missed).id}`)).text).toMatch(
      /Late – Attempt/,
    )
  })

  it('links to the run it enqueued, which may be canceled from there', async () => {
    const browser = await signedIn(at())
    const job = await madeJob(at())
    const asked = await browser.send(`/admin/cron/${job.id}/trigger`)
    const path = must(asked.headers.get('location'))
    const shown = await browser.get(path)
    expect(shown.html).toMatch(/href="\/admin\/runs\/[0-9A-Z]{26}"/)
    const canceled = await browser.post(`${path}/cancel`, { reason: 'not today' })
    expect(canceled.text).toContain('Its run is asked to stop')
  })

  it('is disabled and enabled, by whom is kept', async () => {
    const browser = await signedIn(at())
    const job = await madeJob(at())
    const off = await browser.post(`/admin/cron/${job.id}/disable`, { back: '/admin/cron?show=enabled' })
    expect(off.text).toContain(`${job.name} is disabled`)
    expect(await jobOf(at(), job.id)).toMatchObject({ isEnabled: false, lastModifiedBy: 'admin' })
    const answer = await browser.send(`/admin/cron/${job.id}/enable`, { back: 'https://elsewhere.example' })
    expect(answer.headers.get('location')).toBe(`/admin/cron/${job.id}`)
    expect(await jobOf(at(), job.id)).toMatchObject({ isEnabled: true, nextRunAt: expect.any(String) })
  })

  it('is deleted where people made it, and set back where the program did', async () => {
    const ctx = ledgerOf(at())
    await syncCronJobs(ctx)
    const browser = await signedIn(at())
    const job = await madeJob(at())
    expect((await browser.post(`/admin/cron/${job.id}/delete`)).text).toContain('The job is deleted')
    expect((await browser.get(`/admin/cron/${job.id}`)).status).toBe(404)
    const own = await jobOf(at(), 'daily-storage-sample')
    await updateCronJob(ctx, { job: own.id, schedule: '0 5 * * *' })
    expect((await browser.get(`/admin/cron/${own.id}`)).text).toContain('the program has 0 3 * * *')
    expect((await browser.post(`/admin/cron/${own.id}/restore`)).text).toContain('is as the program has it')
    expect((await jobOf(at(), own.id)).schedule).toBe('0 3 * * *')
    const refused = await browser.send(`/admin/cron/${own.id}/delete`)
    expect([refused.status, refused.headers.get('location')]).toEqual([303, `/admin/cron/${own.id}`])
    expect((await browser.get(`/admin/cron/${own.id}`)).text).toContain('Nothing was done: ')
    expect((await jobOf(at(), own.id)).name).toBe('daily-storage-sample')
  })

  it.each(['trigger', 'enable', 'disable', 'restore', 'delete'])(
    'that is gone by the time somebody would %s it leads back to the list, which says so',
    async (action) => {
      const browser = await signedIn(at())
      const answer = await browser.send(`/admin/cron/${ulid()}/${action}`)
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/cron'])
      expect((await browser.get('/admin/cron')).text).toContain('Nothing was done: there is no cron job')
    },
  )

  it('is found by its name, whatever letters that has, and leads nowhere else', async () => {
    const browser = await signedIn(at())
    const job = await madeJob(at(), { name: `${unique('nächtlich')} (all)` })
    const path = `/admin/cron/${encodeURIComponent(job.name)}`
    const { status, headers } = await browser.send(`${path}/trigger`)
    expect(status).toBe(303)
    expect(headers.get('location')).toMatch(`${path}/executions/`)
    const strange = await browser.send(`/admin/cron/${job.id}/disable`, { back: '/admin/cron?q=a\r\nX: y' })
    expect([strange.status, strange.headers.get('location')]).toEqual([303, `/admin/cron/${job.id}`])
  })

  it('is for admins: others see no link to it and get no answer', async () => {
    const job = await madeJob(at())
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:write'] })
    const browser = await signedIn(at(), key)
    expect((await browser.get('/admin')).html).not.toContain('/admin/cron')
    const paths = ['/admin/cron', '/admin/cron/new', '/admin/cron/settings', `/admin/cron/${job.id}`]
    for (const path of paths) expect((await browser.get(path)).status, path).toBe(403)
    for (const path of [`/admin/cron/${job.id}/trigger`, '/admin/cron/seed', '/admin/cron/new'])
      expect((await browser.send(path, { do: 'preview', schedule: '0 2 * * *' })).status, path).toBe(403)
  })
})
