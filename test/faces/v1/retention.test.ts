import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { openApp, type TestApp } from '../../support/open-app.ts'
import { enqueue } from './steps.ts'

describe('retention under /v1', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openApp({ env: { ARCHIVE_AFTER_DAYS: '3', RETENTION_DAYS: '20' } })
  })
  afterAll(() => app?.close())

  const post = <T = Run>(path: string, body?: unknown) => app.request<T>('POST', path, { body })

  it('says what will happen to a run', async () => {
    const { id } = await enqueue(app)
    const waiting = await app.request('GET', `/v1/runs/${id}/retention`)
    expect([waiting.status, waiting.json]).toMatchObject([
      200,
      { runId: id, delete: { due: false, rule: 'notFinished' } },
    ])
    await post(`/v1/runs/${id}:cancel`)
    const { json } = await app.request<{ deleteAt: string }>('GET', `/v1/runs/${id}/retention`)
    expect(json).toMatchObject({
      delete: { due: false, rule: 'age' },
      policy: { archiveAfterDays: 3, deleteAfterDays: 20 },
    })
    await app.raw(`UPDATE runs SET "finishedAt" = now() - interval '20 days' WHERE id = '${id}'`)
    expect((await app.request('GET', `/v1/runs/${id}/retention`)).json).toMatchObject({
      delete: { due: true },
    })
  })

  it('holds, releases and keeps for longer', async () => {
    const { id } = await enqueue(app)
    const held = await post(`/v1/runs/${id}:hold`, { reason: 'an audit', until: '2100-01-01T01:00:00+01:00' })
    expect([held.status, held.json.holdUntil]).toEqual([200, '2100-01-01T00:00:00.000Z'])
    expect((await post(`/v1/runs/${id}:hold`, { reason: 'a trial' })).json.holdUntil).toBe(
      '9999-12-31T23:59:59.999Z',
    )
    expect((await post(`/v1/runs/${id}:release`)).json.holdUntil).toBeNull()
    expect((await post(`/v1/runs/${id}:release`, { reason: 'again' })).status).toBe(200)
    const retained = await post(`/v1/runs/${id}:retain`, {
      until: '2100-01-01T00:00:00.000Z',
      reason: 'wanted',
    })
    expect(retained.json.retainUntil).toBe('2100-01-01T00:00:00.000Z')
    expect(
      (await post(`/v1/runs/${id}:retain`, { until: null, reason: 'no more' })).json.retainUntil,
    ).toBeNull()
    const { json } = await app.request<{ data: { action: string; reason: string }[] }>(
      'GET',
      `/v1/audit?runId=${id}`,
    )
    expect(json.data.map(({ action, reason }) => `${action}: ${reason}`)).toEqual([
      'run.retained: no more',
      'run.retained: wanted',
      'run.released: released',
      'run.held: a trial',
      'run.held: an audit',
    ])
  })

  it.each(['deleting', 'deleted'])('refuses to hold a run that is %s', async (storageState) => {
    const { id } = await enqueue(app)
    await app.raw(`UPDATE runs SET "storageState" = '${storageState}' WHERE id = '${id}'`)
    expect(await post(`/v1/runs/${id}:hold`, { reason: 'late' })).toMatchObject({
      status: 409,
      json: { code: 'conflict' },
    })
    expect(
      await post(`/v1/runs/${id}:retain`, { reason: 'late', until: '2100-01-01T00:00:00Z' }),
    ).toMatchObject({ status: 409 })
  })

  it.each([
    [':hold', undefined],
    [':hold', {}],
    [':hold', { reason: '' }],
    [':hold', { reason: 'a', until: '2001-01-01T00:00:00Z' }],
    [':hold', { reason: 'a', until: 'soon' }],
    [':retain', { reason: 'a' }],
    [':retain', { reason: 'a', until: '2001-01-01T00:00:00Z' }],
  ])('refuses %s with %j', async (verb, body) => {
    const { id } = await enqueue(app)
    expect(await post(`/v1/runs/${id}${verb}`, body)).toMatchObject({ status: 422 })
  })

  it('keeps policies by revisions', async () => {
    const before = await app.request<{ revision: number }>('GET', '/v1/retention/policies')
    expect(before.json).toMatchObject({ revision: 0, rules: [], defaults: { deleteAfterDays: 20 } })
    const rules = [{ state: 'failed', deleteAfterDays: 90 }]
    const put = (body: unknown) => app.request('PUT', '/v1/retention/policies', { body })
    expect(await put({ rules, revision: 0, reason: 'ours' })).toMatchObject({
      status: 200,
      json: { revision: 1, rules },
    })
    expect(await put({ rules: [], revision: 0 })).toMatchObject({ status: 409 })
    expect(await put({ rules: [{}] })).toMatchObject({ status: 422, json: { errors: [{ path: 'rules.0' }] } })
    expect((await app.request('GET', '/v1/retention/policies')).json).toMatchObject({ revision: 1, rules })
  })

  it('simulates: with a body, or with none', async () => {
    const { id } = await enqueue(app, { kind: 'planned' })
    await post(`/v1/runs/${id}:cancel`)
    await app.raw(
      `UPDATE runs SET "createdAt" = "createdAt" - interval '40 days', "finishedAt" = "finishedAt" - interval '40 days' WHERE id = '${id}'`,
    )
    expect(await post('/v1/retention/plan')).toMatchObject({
      status: 200,
      json: { delete: { runs: expect.any(Number) } },
    })
    const planned = await post('/v1/retention/plan', {
      kind: 'planned',
      rules: [],
      terms: { deleteAfterDays: 40 },
    })
    expect(planned.json).toMatchObject({
      delete: { runs: 1, sample: [{ runId: id }] },
      stopped: null,
      nextCursor: null,
    })
    expect(await post('/v1/retention/plan', { at: 'then' })).toMatchObject({ status: 422 })
  })

  it('shows the audit and verifies it', async () => {
    const { json } = await app.request<{ data: { seq: number; hash: string }[]; nextCursor: string }>(
      'GET',
      '/v1/audit?limit=1',
    )
    const [head] = json.data
    expect(json.nextCursor).toBe(String(head?.seq))
    const verified = await app.request('GET', '/v1/audit:verify')
    expect([verified.status, verified.json]).toMatchObject([
      200,
      { ok: true, checked: head?.seq, head: { hash: head?.hash } },
    ])
    await app.raw('ALTER TABLE job_audit DISABLE TRIGGER refuse_audit_change')
    await app.raw(`UPDATE job_audit SET reason = 'another' WHERE seq = 1`)
    expect((await app.request('GET', '/v1/audit:verify')).json).toMatchObject({
      ok: false,
      broken: { seq: 1 },
    })
    expect((await app.request('GET', '/v1/audit:verify?cursor=x')).status).toBe(422)
    expect((await app.request('GET', '/v1/audit?action=spring')).status).toBe(422)
  })
})
