import { buffer } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { OutputUpload } from '../../lib/ledger/outputs/upload.ts'
import type { Claimed } from '../../lib/ledger/runs/claim-runs.ts'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import type { Run } from '../../lib/run/run.ts'
import { must } from '../contracts/harness.ts'
import { sha256 } from '../contracts/object-store/steps.ts'
import { runCli } from '../support/cli.ts'
import { unique } from '../support/make.ts'
import { useLedgerBothWays, WAYS } from './support/ledger-both-ways.ts'

const ledger = useLedgerBothWays({ bucket: true })
const FILE = 'a,b\n1,2\n'

/** A run that ended long ago, with a log and a file, and is held. */
async function heldRun(isArchived: boolean): Promise<string> {
  const { api } = ledger().server
  const kind = unique('held')
  await api.post('/v1/runs', { kind })
  const { body } = await api.post<{ data: Claimed[] }>('/v1/runs:claim', { workerId: 'w', kinds: [kind] })
  const { run, leaseToken } = must(body.data[0])
  const [at, lease] = [`/v1/runs/${run.id}`, { 'lease-token': leaseToken }]
  const line = { method: 'POST', body: 'a line\n' }
  const headers = { ...lease, 'log-offset': '0', 'content-type': 'text/plain' }
  expect((await api.get(`${at}/logs`, { ...line, headers })).status).toBe(200)
  const file = { path: 'a.csv', bytes: FILE.length }
  const upload = (await api.post<OutputUpload>(`${at}/outputs`, file, { headers: lease })).body
  if (upload.method !== 'put') throw new Error('the test expected one upload')
  expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: FILE })).status).toBe(200)
  await api.post(`${at}/outputs:commit`, { path: 'a.csv' }, { headers: lease })
  expect((await api.post(`${at}:succeed`, { leaseToken })).status).toBe(200)
  // Put back where it was made, its log is one object already.
  for (const verb of isArchived ? ['archive'] : ['archive', 'restore'])
    expect((await api.post(`${at}:${verb}`)).status).toBe(200)
  const columns = ['startedAt', 'finishedAt', 'archivedAt', 'restoredAt'].map(
    (name) => `"${name}" = "${name}" - interval '90 days'`,
  )
  await ledger().store.raw(`UPDATE runs SET ${columns.join(', ')} WHERE id = '${run.id}'`)
  expect((await api.post(`${at}:hold`, { reason: 'the auditors' })).status).toBe(200)
  return run.id
}

/** Its row, and every object that is of it. */
async function wholeOf(id: string) {
  const objects = openS3(ledger().s3.options)
  const run = must((await ledger().store.runs.get([id]))[0])
  const keys = (await objects.list({ prefix: '' })).map(({ key }) => key).filter((key) => key.includes(id))
  const hashes = keys.map(
    async (key) => [key, sha256(await buffer(must(await objects.get(key)).body))] as const,
  )
  const files = Object.fromEntries(await Promise.all(hashes))
  await objects.close()
  return { run, files }
}

describe.each([
  ['where it was made', false],
  ['archived', true],
])('a held run that is %s survives', (_, isArchived) => {
  let id = ''
  let before: { run: Run; files: Record<string, string> }
  beforeAll(async () => {
    id = await heldRun(isArchived)
    before = await wholeOf(id)
    expect(before.run.storageState).toBe(isArchived ? 'archived' : 'active')
    expect(Object.keys(before.files).length).toBeGreaterThan(0)
  })
  const expectThere = async () => expect(await wholeOf(id)).toEqual(before)
  const asked = (method: string, path: string) =>
    ledger().server.api.get<{ errors?: unknown }>(path, { method })

  it.each(['soft', 'hard'])('being deleted (%s)', async (mode) => {
    const answer = await ledger().server.api.post(`/v1/runs/${id}:delete`, { reason: 'no', mode })
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining('is held')])
    await expectThere()
  })

  it('the older faces', async () => {
    expect((await asked('DELETE', `/scripts/runs/${id}`)).status).toBe(409)
    expect((await asked('DELETE', `/api/scraper/jobs/${id}`)).status).toBe(409)
    const { status, body } = await asked('DELETE', `/scripts/runs?scriptId=${before.run.scriptId}`)
    expect([status, JSON.stringify(body.errors)]).toEqual([200, expect.stringContaining('held')])
    const cleaned = await ledger().server.api.post('/scripts/runs/cleanup', { days: 1 })
    expect([cleaned.status, cleaned.body.deletedRuns]).toEqual([200, 0])
    await expectThere()
  })

  it.each(['archive', 'delete', 'purge', 'cleanup', 'reconcile', 'verify', 'stale'])(
    'a sweep: %s',
    async (kind) => {
      const { status, body } = await ledger().server.api.post('/v1/sweeps', { kind })
      expect([status, body.status]).toEqual([201, 'completed'])
      // Verifying says when it read the archive.
      const run =
        kind === 'verify' ? expect.objectContaining({ id, archivePath: before.run.archivePath }) : before.run
      expect(await wholeOf(id)).toEqual({ ...before, run })
      before = await wholeOf(id)
    },
  )

  it.each(WAYS)('the command line, %s', { timeout: 120_000 }, async (_way, way) => {
    const run = (...args: string[]) => runCli(args, { env: ledger()[way] })
    for (const mode of [[], ['--mode', 'hard']]) {
      const { code, stderr } = await run('runs', 'delete', id, '--reason', 'no', '--yes', ...mode)
      expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('is held')])
      expect(code).not.toBe(0)
    }
    for (const kind of ['archive', 'delete', 'purge'])
      expect(await run('retention', 'sweep', kind)).toMatchObject({ code: 0, stderr: '' })
    await expectThere()
  })

  it('until it is released', async () => {
    await ledger().server.api.post(`/v1/runs/${id}:release`)
    const { status } = await ledger().server.api.post(`/v1/runs/${id}:delete`, {
      reason: 'now',
      mode: 'hard',
    })
    expect(status).toBe(200)
    expect(await ledger().store.runs.get([id])).toEqual([null])
  })
})
