import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { claim, enqueue, getRun, must, report, useApp } from '../v1/steps.ts'
import { given, idsOf, refused } from './steps.ts'

interface Deleted {
  deletedRuns: number
  deletedLogFiles: number
  freedSpace: number
  errors: { id: string | null; message: string }[]
}
interface Cleaned extends Deleted {
  duration: number
  cutoffDate: string
}

/** A run of this kind that ended so many days ago, with a log. */
async function ended(
  app: ReturnType<typeof at>,
  kind: string,
  daysAgo: number,
  how = 'succeed',
): Promise<string> {
  const { id } = await enqueue(app, { kind })
  const { leaseToken } = must((await claim(app, { kinds: [kind] }))[0])
  const headers = { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
  await app.request('POST', `/v1/runs/${id}/logs`, { raw: 'a line\n', headers })
  await report(app, id, how, { leaseToken, ...(how === 'fail' ? { error: 'no' } : {}) })
  await app.raw(`UPDATE runs SET "finishedAt" = now() - interval '${daysAgo} days',
    "startedAt" = now() - interval '${daysAgo} days' WHERE id = '${id}'`)
  return id
}

const at = useApp()

describe('POST /scripts/runs/cleanup', () => {
  const cleanUp = (body?: object) =>
    given<Cleaned>(at(), 'POST', '/scripts/runs/cleanup', body ? { body } : {})

  it('deletes what ended so many days ago, with its log, and tells of it as the document does', async () => {
    const kind = unique('script')
    const old = await ended(at(), kind, 40)
    const young = await ended(at(), kind, 20)
    const { scriptId } = await getRun(at(), young)
    const cleaned = await cleanUp({ days: 30 })
    expect(cleaned).toEqual({
      deletedRuns: 1,
      deletedLogFiles: expect.any(Number),
      freedSpace: 7,
      duration: expect.any(Number),
      cutoffDate: expect.stringMatching(/Z$/),
      errors: [],
    })
    expect(Math.round((Date.now() - Date.parse(cleaned.cutoffDate)) / 86_400_000)).toBe(30)
    expect(await idsOf(at(), `scriptId=${scriptId}`)).toEqual([young])
    expect(await refused(at(), 'GET', `/scripts/runs/${old}`)).toMatchObject({ status: 404 })
    expect(await cleanUp({ days: 30 })).toMatchObject({ deletedRuns: 0 })
    expect(await cleanUp({ days: 10, dryRun: true })).toMatchObject({ deletedRuns: 1 })
    expect(await idsOf(at(), `scriptId=${scriptId}`)).toEqual([young])
  })

  it('goes by RETENTION_DAYS where no days are given, and by status', async () => {
    const kind = unique('script')
    const done = await ended(at(), kind, 40)
    const failed = await ended(at(), kind, 40, 'fail')
    const { scriptId } = await getRun(at(), done)
    const { id: canceled } = await enqueue(at(), { kind })
    await report(at(), canceled, 'cancel')
    await at().raw(`UPDATE runs SET "finishedAt" = now() - interval '40 days' WHERE id = '${canceled}'`)
    expect(await cleanUp({ status: 'failed' })).toMatchObject({ deletedRuns: 2 })
    expect(await idsOf(at(), `scriptId=${scriptId}`)).toEqual([done])
    expect(await cleanUp()).toMatchObject({ deletedRuns: 1 })
    expect(await refused(at(), 'GET', `/scripts/runs/${failed}`)).toMatchObject({ status: 404 })
  })

  it.each([{ days: 0 }, { days: -1 }, { days: 1.5 }, { days: '30' }, { status: 'running' }])(
    'refuses %j',
    async (body) => {
      const { status, details } = await refused(at(), 'POST', '/scripts/runs/cleanup', { body })
      expect([status, details]).toEqual([400, [expect.objectContaining({ path: Object.keys(body)[0] })]])
    },
  )

  it('is a conflict that names the sweep where it would delete more than is usual', async () => {
    const kind = unique('many')
    await at().raw(`INSERT INTO runs (id, kind, state, "createdAt", "startedAt", "finishedAt")
      SELECT lpad(n::text, 26, '0'), '${kind}', 'succeeded', now() - interval '60 days', now() - interval '60 days',
        now() - interval '60 days' FROM generate_series(1, 1500) n`)
    const { status, error } = await refused(at(), 'POST', '/scripts/runs/cleanup', { body: { days: 30 } })
    const { json } = await at().request<{ data: { id: string; status: string }[] }>(
      'GET',
      '/v1/sweeps?kind=cleanup&limit=1',
    )
    const [sweep] = json.data
    expect([status, sweep?.status]).toEqual([409, 'needs_approval'])
    expect(error).toContain(must(sweep).id)
    const [row] = await at().raw(`SELECT count(*)::int AS count FROM runs WHERE kind = '${kind}'`)
    expect(row).toEqual({ count: 1_500 })
    await at().raw(`DELETE FROM runs WHERE kind = '${kind}'`)
  })
})

describe('GET /scripts/runs/cleanup/status and /stats', () => {
  it('tell how the last one went, and what all have come to', async () => {
    const before = await given<{ deletedRuns: number; freedSpace: number }>(
      at(),
      'GET',
      '/scripts/runs/cleanup/stats',
    )
    await ended(at(), unique('script'), 40)
    const cleaned = await given<Cleaned>(at(), 'POST', '/scripts/runs/cleanup', { body: { days: 30 } })
    expect(await given(at(), 'GET', '/scripts/runs/cleanup/status')).toEqual({
      nextRunTime: null,
      lastRunTime: expect.stringMatching(/Z$/),
      isRunning: false,
      lastRunStats: { deletedRuns: 1, freedSpace: cleaned.freedSpace, duration: expect.any(Number) },
    })
    expect(await given(at(), 'GET', '/scripts/runs/cleanup/stats')).toEqual({
      lastCleanup: expect.stringMatching(/Z$/),
      deletedRuns: before.deletedRuns + 1,
      freedSpace: before.freedSpace + cleaned.freedSpace,
      nextCleanup: null,
    })
  })

  it('tell when the next one comes, once the program’s own jobs are made', async () => {
    await at().request('POST', '/cron-config/seed')
    const { nextRunTime } = await given<{ nextRunTime: string }>(at(), 'GET', '/scripts/runs/cleanup/status')
    expect(Date.parse(nextRunTime)).toBeGreaterThan(Date.now() - 60_000)
  })
})

describe('DELETE /scripts/runs/:id', () => {
  const remove = (id: string, query = '') => given<Deleted>(at(), 'DELETE', `/scripts/runs/${id}${query}`)

  it('deletes a run, of which these clients see nothing more, and keeps who did it and why', async () => {
    const id = await ended(at(), unique('script'), 1)
    const { scriptId } = await getRun(at(), id)
    expect(await remove(id, '?reason=asked%20for%20by%20the%20customer')).toEqual({
      deletedRuns: 1,
      deletedLogFiles: 0,
      freedSpace: 0,
      errors: [],
    })
    for (const method of ['GET', 'DELETE'])
      expect(await refused(at(), method, `/scripts/runs/${id}`)).toMatchObject({ status: 404 })
    expect(await idsOf(at(), `scriptId=${scriptId}`)).toEqual([])
    expect(await getRun(at(), id)).toMatchObject({
      storageState: 'deleted',
      deletionReason: 'asked for by the customer',
    })
  })

  it('frees the space at once where that is the policy', async () => {
    const hard = await at().another({ env: { DELETION_STRATEGY: 'hard' } })
    const id = await ended(hard, unique('script'), 1)
    expect(await given<Deleted>(hard, 'DELETE', `/scripts/runs/${id}`)).toMatchObject({
      deletedRuns: 1,
      freedSpace: 7,
    })
    expect((await at().request('GET', `/v1/runs/${id}`)).status).toBe(404)
  })

  it('refuses one that has not ended, or is held, and finds none that is not there', async () => {
    const { id } = await enqueue(at(), { kind: unique('script') })
    expect(await refused(at(), 'DELETE', `/scripts/runs/${id}`)).toMatchObject({
      status: 409,
      error: expect.stringContaining('only a finished run can be deleted'),
    })
    const held = await ended(at(), unique('script'), 1)
    await at().request('POST', `/v1/runs/${held}:hold`, { body: { reason: 'an audit' } })
    expect(await refused(at(), 'DELETE', `/scripts/runs/${held}`)).toMatchObject({ status: 409 })
    expect((await getRun(at(), held)).storageState).toBe('active')
    for (const unknown of ['01KBQK6M3V8Z5W0X2Y4A6C8E9G', '12', '..%2F..%2Fetc'])
      expect(await refused(at(), 'DELETE', `/scripts/runs/${unknown}`)).toMatchObject({ status: 404 })
  })
})

describe('DELETE /scripts/runs?scriptId=', () => {
  it('deletes what has ended, and names what it skipped', async () => {
    const kind = unique('script')
    const gone = [await ended(at(), kind, 1), await ended(at(), kind, 2, 'fail')]
    const held = await ended(at(), kind, 3)
    await at().request('POST', `/v1/runs/${held}:hold`, { body: { reason: 'an audit' } })
    const { id: waiting } = await enqueue(at(), { kind })
    const { scriptId } = await getRun(at(), held)
    const deleted = await given<Deleted>(at(), 'DELETE', `/scripts/runs?scriptId=${scriptId}`)
    expect(deleted).toMatchObject({ deletedRuns: 2 })
    expect(deleted.errors.toSorted((a, b) => String(a.id).localeCompare(String(b.id)))).toEqual(
      [
        { id: held, message: expect.stringContaining('held') },
        { id: waiting, message: expect.stringContaining('queued') },
      ].toSorted((a, b) => a.id.localeCompare(b.id)),
    )
    const left = await idsOf(at(), `scriptId=${scriptId}`)
    expect(left.toSorted()).toEqual([held, waiting].toSorted())
    expect(left.some((id) => gone.includes(id))).toBe(false)
  })

  it('deletes nothing where no script is named', async () => {
    const id = await ended(at(), unique('script'), 1)
    for (const query of ['', '?scriptId=', '?scriptId=all', '?reason=x']) {
      const { status, details } = await refused(at(), 'DELETE', `/scripts/runs${query}`)
      expect([status, details]).toEqual([400, [expect.objectContaining({ path: 'scriptId' })]])
    }
    expect((await getRun(at(), id)).storageState).toBe('active')
  })
})
