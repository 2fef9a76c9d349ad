import { describe, expect, it } from 'vitest'
import { adminPages } from '../../../lib/faces/admin/index.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { sweepDelete } from '../../../lib/ledger/deletion/sweep-delete.ts'
import { createKey, type NewKey } from '../../../lib/ledger/keys/keys.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { getPolicies, putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { enqueueRun } from '../../../lib/ledger/runs/enqueue-run.ts'
import { createWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import { type Browser, type Shown, signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { useApp } from '../v1/steps.ts'
import { jobOf, ledgerOf, madeJob } from './cron-steps.ts'
import { archivedRun, endedRun, oldRuns, withJobs } from './storage-steps.ts'

const at = useApp()
const ctx = () => ledgerOf(at())
const OWN_JOB = 'daily-storage-sample'

/** What somebody does with a form, and what tells of it afterwards by their name: rows of the audit, or events of a run. */
type Deed = [does: (browser: Browser) => Promise<Shown>, ...leaves: string[]]

const queued = async () => (await enqueueRun(ctx(), { kind: 'mail.send' })).run.id
async function canceled(): Promise<string> {
  const id = await queued()
  await cancelRun(ctx(), { id })
  return id
}
const onRun = (name: string, make: () => Promise<string>, leaves: string, fields = {}): [string, Deed] => [
  `/admin/runs/{id}/${name}`,
  [async (browser) => browser.send(`/admin/runs/${await make()}/${name}`, fields), leaves],
]
const onJob = (name: string, leaves: string, isEnabled = true): [string, Deed] => [
  `/admin/cron/{id}/${name}`,
  [async (browser) => browser.send(`/admin/cron/${(await madeJob(at(), { isEnabled })).id}/${name}`), leaves],
]
const webhook = async (isEnabled: boolean) =>
  (await createWebhook(ctx(), { url: 'https://example.com/', events: ['run.failed'], isEnabled })).id

const DEEDS: Record<string, Deed> = {
  '/admin/alerts/webhooks/{id}/enable': [
    async (browser) => browser.send(`/admin/alerts/webhooks/${await webhook(false)}/enable`),
    'webhook.changed',
  ],
  '/admin/alerts/webhooks/{id}/disable': [
    async (browser) => browser.send(`/admin/alerts/webhooks/${await webhook(true)}/disable`),
    'webhook.changed',
  ],
  '/admin/cron/reload': [(browser) => browser.send('/admin/cron/reload'), 'cron.reloaded'],
  '/admin/cron/seed': [(browser) => browser.send('/admin/cron/seed'), 'cron.seeded'],
  '/admin/cron/new': [
    (browser) =>
      browser.send('/admin/cron/new', {
        name: unique('job'),
        schedule: '0 2 * * *',
        timeZone: 'UTC',
        missedPolicy: 'once',
        overlapPolicy: 'skip',
        type: 'enqueue',
        kind: 'report.send',
        priority: '1',
        maxAttempts: '1',
        do: 'keep',
      }),
    'cron.created',
  ],
  '/admin/cron/{id}/edit': [
    async (browser) => {
      const { id, updatedAt } = await jobOf(at(), OWN_JOB)
      const fields = { schedule: '0 6 * * *', timeZone: 'UTC', missedPolicy: 'once', overlapPolicy: 'skip' }
      return await browser.send(`/admin/cron/${id}/edit`, { ...fields, updatedAt, do: 'keep' })
    },
    'cron.changed',
  ],
  ...Object.fromEntries([
    onJob('enable', 'cron.changed', false),
    onJob('disable', 'cron.changed'),
    onJob('trigger', 'cron.triggered'),
    onJob('delete', 'cron.deleted'),
  ]),
  '/admin/cron/{id}/restore': [
    async (browser) => {
      const { id } = await updateCronJob(ctx(), { job: OWN_JOB, schedule: '0 7 * * *' })
      return await browser.send(`/admin/cron/${id}/restore`)
    },
    'cron.changed',
  ],
  '/admin/cron/{id}/executions/{execution}/cancel': [
    async (browser) => {
      const { id } = await madeJob(at(), { action: { type: 'http', url: 'https://example.com/' } })
      const { executionId } = await triggerCronJob(ctx(), { job: id })
      return await browser.send(`/admin/cron/${id}/executions/${executionId}/cancel`)
    },
    'cron.canceled',
  ],
  '/admin/cron/settings': [
    (browser) =>
      browser.send('/admin/cron/settings', {
        defaultTimeoutMs: '90',
        defaultMaxRetries: '2',
        executionRetentionDays: '30',
        alertAfterFailures: '3',
        missedAfterSeconds: '600',
      }),
    'cron.settings',
  ],
  '/admin/storage/sample': [(browser) => browser.send('/admin/storage/sample'), 'cron.triggered'],
  '/admin/storage/backups': [(browser) => browser.send('/admin/storage/backups'), 'cron.triggered'],
  '/admin/storage/sweeps': [
    (browser) => browser.send('/admin/storage/sweeps', { kind: 'verify', how: 'run' }),
    'cron.triggered',
  ],
  '/admin/storage/sweeps/{id}/approve': [
    async (browser) => {
      const kind = unique('old')
      await oldRuns(at(), { count: 1_200, days: 10, kind })
      await putPolicies(ctx(), { rules: [{ kind, deleteAfterDays: 0 }] })
      const { id } = await sweepDelete(ctx())
      return await browser.send(`/admin/storage/sweeps/${id}/approve`, { reason: 'we decided' })
    },
    'sweep.approved',
  ],
  '/admin/storage/policies': [
    async (browser) => {
      const { revision } = await getPolicies(ctx())
      const rule = { '0-kind': unique('kind'), '0-deleteAfterDays': '90' }
      const fields = { ...rule, rows: '1', revision: String(revision), reason: 'less' }
      return await browser.send('/admin/storage/policies', fields)
    },
    'policies.changed',
  ],
  '/admin/storage/holds/release': [
    async (browser) => {
      const id = await endedRun(at())
      await holdRun(ctx(), { id, reason: 'an audit' })
      return await browser.send('/admin/storage/holds/release', { id })
    },
    'run.released',
  ],
  '/admin/storage/deleted/restore': [
    async (browser) => {
      const id = await archivedRun(at())
      await deleteRun(ctx(), { id, reason: 'by mistake', mode: 'soft' })
      return await browser.send('/admin/storage/deleted/restore', { id })
    },
    'run.restored',
  ],
  '/admin/storage/orphans': [
    async (browser) => {
      const { objects, reconciliation } = at().ports
      await objects.put('logs/two.log', Buffer.from('old'))
      const etag = (await objects.head('logs/two.log'))?.etag ?? null
      const found = { bytes: 3, etag, modifiedAt: '2026-01-01T00:00:00.000Z', runId: null }
      await reconciliation.noteOrphans([{ key: 'logs/two.log', ...found }])
      return await browser.send('/admin/storage/orphans', { key: 'logs/two.log', reason: 'looked at' })
    },
    'orphans.deleted',
  ],
  ...Object.fromEntries([
    onRun('cancel', queued, 'run.canceled'),
    onRun('retry', canceled, 'run.retried'),
    onRun('archive', () => endedRun(at()), 'run.archived'),
    onRun('restore', () => archivedRun(at()), 'run.restored'),
    onRun('hold', () => endedRun(at()), 'run.held', { reason: 'an audit' }),
    onRun(
      'release',
      async () => {
        const id = await endedRun(at())
        await holdRun(ctx(), { id, reason: 'an audit' })
        return id
      },
      'run.released',
    ),
    onRun('retain', () => endedRun(at()), 'run.retained', { until: '2999-01-01T00:00', reason: 'an audit' }),
    onRun('delete', () => endedRun(at()), 'run.deleted', { reason: 'of no use', mode: 'soft' }),
  ]),
  '/admin/runs/bulk': [
    async (browser) => browser.send('/admin/runs/bulk', { action: 'retry', id: [await canceled()] }),
    'run.retried',
  ],
  '/admin/keys': [
    (browser) => browser.send('/admin/keys', { name: unique('key'), scopes: 'runs:read' }),
    'key.created',
  ],
  '/admin/keys/{id}/rotate': [
    async (browser) => browser.send(`/admin/keys/${(await aKey()).id}/rotate`),
    'key.rotated',
  ],
  '/admin/keys/{id}/revoke': [
    async (browser) => browser.send(`/admin/keys/${(await aKey()).id}/revoke`),
    'key.revoked',
  ],
}

/** Forms that change nothing of the ledger. */
const LOOKS = ['/admin/audit/verify', '/admin/storage/policies/simulated', '/admin/sign-out']

const aKey = (): Promise<NewKey> => createKey(ctx(), { name: unique('key'), scopes: ['runs:read'] })

/** Somebody, by a key of theirs. */
async function somebody(): Promise<{ browser: Browser; name: string }> {
  const name = unique('Zoë')
  const { key } = await createKey(ctx(), { name: 'a key', owner: name, scopes: ['admin'] })
  return { name, browser: await signedIn(at(), key) }
}

/** Every event and every row of the audit that has this name. */
async function toldOf(name: string): Promise<string[]> {
  const events = (await at().raw(`SELECT type AS what FROM run_events WHERE actor = '${name}'`)) as {
    what: string
  }[]
  const rows = await at().ports.audit.list({ actor: name, limit: 100 })
  return [...events.map(({ what }) => what), ...rows.map(({ action }) => action)]
}

describe('what is done in the dashboard', () => {
  const posts = adminPages.filter(({ method, path }) => method === 'post' && !LOOKS.includes(path))

  it('is tried here, all of it', () => {
    expect(posts.map(({ path }) => path).toSorted()).toEqual(Object.keys(DEEDS).toSorted())
  })

  it.each(Object.entries(DEEDS))('leaves the name of who did it: %s', async (_path, [does, ...leaves]) => {
    await withJobs(at())
    const { browser, name } = await somebody()
    const answer = await does(browser)
    expect([200, 303], answer.text).toContain(answer.status)
    expect(await toldOf(name), answer.text).toEqual(expect.arrayContaining(leaves))
  })
})
