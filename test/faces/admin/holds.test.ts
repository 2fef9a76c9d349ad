import { describe, expect, it } from 'vitest'
import { deleteRun } from '../../../lib/ledger/deletion/delete-run.ts'
import { holdRun } from '../../../lib/ledger/retention/hold-run.ts'
import { getRun } from '../../../lib/ledger/runs/get-run.ts'
import { listRunEvents } from '../../../lib/ledger/runs/list-run-events.ts'
import { LedgerError } from '../../../lib/run/errors.ts'
import { signedIn } from '../../support/dashboard.ts'
import { useApp } from '../v1/steps.ts'
import { ledgerOf } from './cron-steps.ts'
import { archivedRun, endedRun } from './storage-steps.ts'

const at = useApp()
const ctx = () => ledgerOf(at())

describe('holds', () => {
  it('are listed with who holds what and why, as text, and released by name', async () => {
    const browser = await signedIn(at())
    expect((await browser.get('/admin/storage/holds')).text).toContain('No run is held')
    const id = await endedRun(at())
    await holdRun(ctx(), { id, reason: 'the <script>alert(1)</script> audit' })
    const { text, html } = await browser.get('/admin/storage/holds')
    expect(text).toContain('the <script>alert(1)</script> audit system')
    expect(text).toContain('it is released')
    expect(html).not.toContain('<script>alert')
    const released = await browser.post('/admin/storage/holds/release', { id, reason: 'it is over' })
    expect(released.text).toContain(`Run ${id} is held no longer`)
    expect(released.text).toContain('No run is held')
    expect((await getRun(ctx(), { id })).holdUntil).toBeNull()
    const { data } = await listRunEvents(ctx(), { id })
    expect(data.at(-1)).toMatchObject({
      type: 'run.released',
      actor: 'admin',
      data: { reason: 'it is over' },
    })
  })

  it('are released from any page, which is shown again', async () => {
    const browser = await signedIn(at())
    const kept: string[] = []
    for (let n = 0; n < 51; n++) {
      const id = await endedRun(at(), { bytes: 0 })
      kept.push(id)
      await holdRun(ctx(), { id, reason: 'many' })
    }
    const first = await browser.get('/admin/storage/holds')
    const address = /href="([^"]*)" rel="next"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const { html } = await browser.get(address)
    const fields = [...html.matchAll(/name="(id|cursor)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ])
    const { id = '', cursor = '' } = Object.fromEntries(fields)
    const released = await browser.send('/admin/storage/holds/release', { id, cursor })
    expect(released.headers.get('location')).toBe(address)
    // The list is as it was for whoever looks on.
    for (const one of kept) if (one !== id) await browser.send('/admin/storage/holds/release', { id: one })
    const empty = await browser.get(address)
    expect(empty.text).toContain('None on this page')
    expect(empty.text).not.toContain('No run is held')
  })

  it('of a run that is gone meanwhile say so on the list', async () => {
    const browser = await signedIn(at())
    const id = await endedRun(at(), { bytes: 0 })
    await deleteRun(ctx(), { id, reason: 'for good', mode: 'hard' })
    const { status, text } = await browser.post('/admin/storage/holds/release', { id })
    expect(status).toBe(200)
    expect(text).toContain(`Refused: there is no run ${id}`)
    expect(text).toContain('Runs that are held')
  })
})

describe('recently deleted runs', () => {
  it('are listed until their grace is over, and restored by name', async () => {
    const browser = await signedIn(at())
    expect((await browser.get('/admin/storage/deleted')).text).toContain('No deleted run can be restored')
    const [bare, archived, gone] = [
      await endedRun(at(), { bytes: 0 }),
      await archivedRun(at()),
      await endedRun(at(), { bytes: 0 }),
    ]
    for (const id of [bare, archived]) await deleteRun(ctx(), { id, reason: 'by <b>mistake</b>' })
    await deleteRun(ctx(), { id: gone, reason: 'for good', mode: 'hard' })
    const { text } = await browser.get('/admin/storage/deleted')
    expect(text).toContain('by <b>mistake</b>')
    expect(text).toContain('in 6 d 23 h')
    expect([bare, archived, gone].map((id) => text.includes(id))).toEqual([true, true, false])
    const again = await browser.send('/admin/storage/deleted/restore', { id: gone, cursor: 'here' })
    expect(again.headers.get('location')).toBe('/admin/storage/deleted?cursor=here')
    await browser.get('/admin/storage/deleted')
    for (const id of [bare, archived]) {
      const restored = await browser.post('/admin/storage/deleted/restore', { id })
      expect(restored.text).toContain(`Run ${id} is back, with its files where they were`)
      expect(await getRun(ctx(), { id })).toMatchObject({ storageState: 'active', deletedAt: null })
    }
    expect((await browser.get('/admin/storage/deleted')).text).toContain('No deleted run can be restored')
    const refused = await browser.post('/admin/storage/deleted/restore', { id: gone })
    expect(refused.text).toContain(`Refused: there is no run ${gone}`)
    expect(refused.text).toContain('Recently deleted')
  })
})

describe('what cannot be done just now', () => {
  let problem: LedgerError | undefined
  const limited = useApp({
    wrap: (ports) => ({
      ...ports,
      archives: {
        ...ports.archives,
        take: (asked) => (problem === undefined ? ports.archives.take(asked) : Promise.reject(problem)),
      },
    }),
  })

  it.each(['unavailable', 'limited'] as const)(
    'is said on the list, which is still there: %s',
    async (code) => {
      problem = undefined
      const browser = await signedIn(limited())
      const id = await archivedRun(limited())
      await deleteRun(ledgerOf(limited()), { id, reason: 'by mistake' })
      problem = new LedgerError(code, 'that is too <b>much</b>', { retryAfterSeconds: 7 })
      const { status, text, html } = await browser.post('/admin/storage/deleted/restore', { id })
      expect(status).toBe(200)
      expect(text).toContain('Refused: that is too <b>much</b>; try again in 7 s')
      expect(html).toMatch(/class="said refused" role="status"/)
      expect(text).toContain('Runs that can be restored')
      expect(text).toContain(id)
    },
  )
})

describe('orphans', () => {
  it('are deleted where somebody has ticked them and says why, and no others', async () => {
    const browser = await signedIn(at())
    expect((await browser.get('/admin/storage/orphans')).text).toContain('No object is unknown')
    const keys = ['logs/<b>one.log', 'logs/two.log']
    for (const key of keys) await at().ports.objects.put(key, Buffer.from('old'))
    const objects = await Promise.all(keys.map((key) => at().ports.objects.head(key)))
    await at().ports.reconciliation.noteOrphans(
      keys.map((key, n) => ({
        key,
        bytes: 3,
        etag: objects[n]?.etag ?? null,
        modifiedAt: '2026-01-01T00:00:00.000Z',
        runId: null,
      })),
    )
    const { text } = await browser.get('/admin/storage/orphans')
    for (const key of keys) expect(text).toContain(key)
    const none = await browser.send('/admin/storage/orphans', { reason: 'to <i>clean</i>' })
    expect([none.status, none.text.includes('tick at least one')]).toEqual([422, true])
    expect(none.html).toContain('value="to &lt;i&gt;clean&lt;/i&gt;"')
    const done = await browser.post('/admin/storage/orphans', { key: keys.slice(0, 1), reason: 'looked at' })
    expect(done.text).toContain('1 object deleted, 3 B freed')
    expect(done.text).not.toContain(keys[0])
    expect(done.text).toContain(keys[1])
    expect(await at().ports.objects.head(keys[0] ?? '')).toBeNull()
    expect(await at().ports.objects.head(keys[1] ?? '')).not.toBeNull()
  })
})
