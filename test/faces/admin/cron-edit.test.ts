import { describe, expect, it } from 'vitest'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { must } from '../../contracts/harness.ts'
import { type Shown, signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { useApp } from '../v1/steps.ts'
import { jobOf, ledgerOf, madeJob } from './cron-steps.ts'

const at = useApp()
const WHEN = { schedule: '0 2 * * *', timeZone: 'Europe/Berlin', missedPolicy: 'all', overlapPolicy: 'queue' }
const RUN = {
  type: 'enqueue',
  kind: 'report.send',
  input: '{"day": "<today>"}',
  priority: '2',
  maxAttempts: '3',
}
const CALL = { type: 'http', url: 'https://example.com/x', headers: 'X-Team: data\nX-Day: a:b', body: '[1]' }

describe('a new cron job', () => {
  it('is looked at first: what its schedule means, in three zones, and nothing is kept', async () => {
    const browser = await signedIn(at())
    browser.cookies.set('runledger_zone', encodeURIComponent('Asia/Tokyo'))
    expect((await browser.get('/admin/cron/new')).html).toContain('value="Asia/Tokyo"')
    const name = unique('job')
    const shown = await browser.post('/admin/cron/new', { ...WHEN, ...RUN, name, do: 'preview' })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('At 02:00 (Europe/Berlin)')
    expect(shown.text).toContain('Europe/Berlin (the job’s) Asia/Tokyo (yours) UTC')
    expect(shown.text.match(/, 02:00/g)).toHaveLength(5)
    expect(shown.html).toContain('value="report.send"')
    expect(shown.html).toContain('{&quot;day&quot;: &quot;&lt;today&gt;&quot;}')
    await expect(jobOf(at(), name)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('says that the clock is changed between two times', async () => {
    const browser = await signedIn(at())
    // Once a year, in winter and in summer by turns.
    const shown = await browser.post('/admin/cron/new', { ...WHEN, schedule: '0 2 1 1,7 *', do: 'preview' })
    expect(shown.text).toMatch(/clock changes: GMT\+[12]/)
  })

  it('is made with all that is said, by whom is kept', async () => {
    const browser = await signedIn(at())
    const name = unique('job')
    const answer = await browser.post('/admin/cron/new', {
      ...WHEN,
      ...RUN,
      name,
      description: '<script>',
      isEnabled: 'yes',
      timeoutMs: '1.5',
      maxRetries: '2',
      projectId: 'acme',
      labels: 'team: data',
      runTimeout: '60',
      do: 'keep',
    })
    expect(answer.text).toContain(`${name} is made`)
    expect(answer.html).not.toContain('<script>')
    expect(await jobOf(at(), name)).toMatchObject({
      schedule: WHEN.schedule,
      timeZone: WHEN.timeZone,
      missedPolicy: 'all',
      overlapPolicy: 'queue',
      isEnabled: true,
      timeoutMs: 1_500,
      maxRetries: 2,
      projectId: 'acme',
      createdBy: 'admin',
      action: {
        type: 'enqueue',
        kind: 'report.send',
        input: { day: '<today>' },
        priority: 2,
        maxAttempts: 3,
        timeoutSeconds: 60,
        labels: { team: 'data' },
        name: null,
      },
    })
  })

  it.each([
    [
      'a call',
      CALL,
      { type: 'http', url: CALL.url, headers: { 'X-Team': 'data', 'X-Day': 'a:b' }, body: [1] },
    ],
    ['a builtin', { type: 'builtin', builtin: 'sampleStorage' }, { type: 'builtin', name: 'sampleStorage' }],
  ])('may be %s', async (_, fields, action) => {
    const name = unique('job')
    await (await signedIn(at())).post('/admin/cron/new', { ...WHEN, ...fields, name, do: 'keep' })
    expect((await jobOf(at(), name)).action).toEqual(action)
  })

  it.each([
    ['schedule', { schedule: '61 * * * *' }, 'its minute cannot be read', 'an example: 0 2 * * *'],
    ['timeZone', { timeZone: 'Mars/Base' }, 'is not the name of an IANA time zone', 'Europe/Berlin'],
    ['name', { name: 'a:b' }, 'must begin with a letter or digit', ''],
    ['kind', { kind: '' }, '', ''],
    ['input', { input: '{day}' }, 'is no JSON', '{"day": "today"}'],
    ['input', { input: `{"token": "ghp_${'a1B2'.repeat(9)}"}` }, '', ''],
    ['timeoutMs', { timeoutMs: 'soon' }, 'must be a number of seconds', ''],
    ['labels', { labels: 'team' }, 'must be a line each', 'team: data'],
    ['url', { ...CALL, url: 'ftp://example.com' }, '', ''],
    ['url', { ...CALL, url: 'http://169.254.169.254/latest' }, '', ''],
    ['headers', { ...CALL, headers: 'Webhook-Id: 1' }, 'must leave', ''],
  ])(
    'is refused with the reason beside %s, and what was typed stays',
    async (field, fields, words, example) => {
      const browser = await signedIn(at())
      const name = unique('job')
      const typed = { ...WHEN, ...RUN, name, do: 'keep', ...fields }
      const answer = await browser.post('/admin/cron/new', typed)
      expect(answer.status).toBe(422)
      expect(answer.text).toContain('Nothing was saved')
      const problem = problemAt(answer, field)
      expect(problem).toContain(words)
      expect(problem).toContain(example)
      expect(answer.html).toMatch(new RegExp(`id="field-${field}"[^>]*aria-invalid="true"`))
      await expect(jobOf(at(), name)).rejects.toMatchObject({ code: 'not_found' })
    },
  )

  it('says what is wrong also where it is only looked at, and that a name is taken', async () => {
    const browser = await signedIn(at())
    const looked = await browser.post('/admin/cron/new', { ...WHEN, schedule: 'daily', do: 'preview' })
    expect([looked.status, problemAt(looked, 'schedule')]).toEqual([
      422,
      expect.stringContaining('an example'),
    ])
    const { name } = await madeJob(at())
    const taken = await browser.post('/admin/cron/new', { ...WHEN, ...RUN, name, do: 'keep' })
    expect([taken.status, problemAt(taken, 'name')]).toEqual([409, `there is a cron job ${name} already`])
  })
})

describe('a cron job', () => {
  it('is shown as it is, changed, and is not changed by being kept as it was', async () => {
    const browser = await signedIn(at())
    const action = {
      type: 'enqueue',
      kind: 'report',
      input: { a: [1] },
      labels: { x: 'y: z' },
      name: 'nightly',
    } as const
    const job = await madeJob(at(), {
      action,
      projectId: 'acme',
      maxRetries: 3,
      description: 'What it is for',
    })
    const path = `/admin/cron/${job.id}/edit`
    const asShown = fieldsOf((await browser.get(path)).html)
    await browser.post(path, { ...asShown, do: 'keep' })
    expect((await jobOf(at(), job.id)).updatedAt).toBe(job.updatedAt)
    const kept = await browser.post(path, { ...asShown, schedule: '*/5 * * * *', do: 'keep' })
    expect(kept.text).toContain(`${job.name} is saved`)
    expect(await jobOf(at(), job.id)).toMatchObject({
      schedule: '*/5 * * * *',
      action: job.action,
      maxRetries: 3,
      changes: { schedule: { by: 'admin', from: '0 2 * * *' } },
    })
  })

  it('whose timeout and retries are left empty has them as the settings do', async () => {
    await putCronSettings(ledgerOf(at()), { defaultTimeoutMs: 77_000, defaultMaxRetries: 2 })
    await syncCronJobs(ledgerOf(at()))
    const browser = await signedIn(at())
    const job = await madeJob(at(), { timeoutMs: 1_000, maxRetries: 5 })
    for (const { id } of [job, await jobOf(at(), 'weekly-backup')]) {
      const path = `/admin/cron/${id}/edit`
      const fields = fieldsOf((await browser.get(path)).html)
      await browser.post(path, { ...fields, timeoutMs: '', maxRetries: '', do: 'keep' })
      expect(await jobOf(at(), id)).toMatchObject({ timeoutMs: 77_000, maxRetries: 2 })
    }
    await putCronSettings(ledgerOf(at()), { defaultTimeoutMs: 300_000, defaultMaxRetries: 0 })
  })

  it('that somebody else has changed meanwhile is told, with what they changed; the next “Save” is meant so', async () => {
    const browser = await signedIn(at())
    const job = await madeJob(at())
    const path = `/admin/cron/${job.id}/edit`
    const mine = { ...fieldsOf((await browser.get(path)).html), schedule: '0 4 * * *', do: 'keep' }
    await updateCronJob(
      { ...ledgerOf(at()), actor: { ...ledgerOf(at()).actor, name: 'Zoë' } },
      { job: job.id, maxRetries: 5 },
    )
    const told = await browser.post(path, mine)
    expect(told.status).toBe(409)
    expect(told.text).toMatch(/Zoë changed this job .* Retries: 0 → 5/)
    expect(told.html).toContain('value="0 4 * * *"')
    expect(await jobOf(at(), job.id)).toMatchObject({ schedule: '0 2 * * *', maxRetries: 5 })
    await browser.post(path, { ...fieldsOf(told.html), do: 'keep' })
    expect(await jobOf(at(), job.id)).toMatchObject({ schedule: '0 4 * * *', maxRetries: 0 })
  })

  it('of the program’s own keeps its name and what it does', async () => {
    await syncCronJobs(ledgerOf(at()))
    const own = await jobOf(at(), 'daily-storage-sample')
    const browser = await signedIn(at())
    const path = `/admin/cron/${own.id}/edit`
    const form = await browser.get(path)
    expect(form.html).not.toContain('name="name"')
    expect(form.html).not.toContain('name="type"')
    const fields = {
      ...fieldsOf(form.html),
      schedule: '0 6 * * *',
      name: 'mine',
      type: 'builtin',
      builtin: 'backupLedger',
    }
    await browser.post(path, { ...fields, do: 'keep' })
    expect(await jobOf(at(), own.id)).toMatchObject({
      name: own.name,
      action: own.action,
      schedule: '0 6 * * *',
    })
  })
})

/** What stands beside a field as wrong. */
function problemAt({ html }: Shown, field: string): string {
  const [, problem] = must(new RegExp(`id="field-${field}-problem">([^<]*)<`).exec(html))
  return must(problem).replaceAll('&quot;', '"').replaceAll('&lt;', '<')
}

/** What a browser would send of the form of a job. */
function fieldsOf(html: string): Record<string, string> {
  const form = must(/<form method="post" action="[^"]*" class="edit">.*?<\/form>/s.exec(html)?.[0])
  const asText = (text: string) =>
    text
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&')
  const attribute = (tag: string, name: string) =>
    asText(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
  const fields: Record<string, string> = {}
  for (const [tag] of form.matchAll(/<input\s[^>]*>/g)) {
    const isTicked = !/type="(checkbox|radio)"/.test(tag) || /\schecked\b/.test(tag)
    if (isTicked) fields[attribute(tag, 'name')] = attribute(tag, 'value')
  }
  for (const [, tag = '', text = ''] of form.matchAll(/<textarea\s([^>]*)>(.*?)<\/textarea>/gs))
    fields[attribute(` ${tag}`, 'name')] = asText(text)
  for (const [, tag = '', options = ''] of form.matchAll(/<select\s([^>]*)>(.*?)<\/select>/gs))
    fields[attribute(` ${tag}`, 'name')] = /<option value="([^"]*)"\s+selected/.exec(options)?.[1] ?? ''
  return fields
}
