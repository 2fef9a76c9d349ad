import { describe, expect, it } from 'vitest'
import type { Sweep } from '../../../lib/run/sweep.ts'
import { unique } from '../../support/make.ts'
import { getRun, refusal, startOne, useApp } from './steps.ts'

const at = useApp()

const staleOne = async () => {
  const { run } = await startOne(at(), { projectId: unique('p') })
  const then = `now() - interval '4 days'`
  await at().raw(`UPDATE runs SET "startedAt" = ${then}, "claimedAt" = ${then} WHERE id = '${run.id}'`)
  return run.id
}
const sweep = (body: object) => at().request<Sweep>('POST', '/v1/sweeps', { body })

describe('/v1/sweeps', () => {
  it('looks, sweeps, and keeps what came of both', async () => {
    const id = await staleOne()
    const looked = await sweep({ kind: 'stale', dryRun: true })
    expect(looked.status).toBe(201)
    expect(looked.json).toMatchObject({
      dryRun: true,
      plan: { scripts: { 'test.run': 1 } },
      counts: { failed: 0 },
    })
    expect((await getRun(at(), id)).state).toBe('running')
    const swept = await sweep({ kind: 'stale' })
    expect(swept.json).toMatchObject({
      dryRun: false,
      counts: { failed: 1, canceled: 0 },
      requestedBy: 'admin',
    })
    expect(swept.headers.get('location')).toBe(`/v1/sweeps/${swept.json.id}`)
    expect(await getRun(at(), id)).toMatchObject({ state: 'failed', errorCode: 'stale' })
    expect((await at().request('GET', `/v1/sweeps/${swept.json.id}`)).json).toEqual(swept.json)
    const { json } = await at().request<{ data: Sweep[]; nextCursor: string }>(
      'GET',
      '/v1/sweeps?kind=stale&limit=1',
    )
    expect(json.data).toEqual([swept.json])
    const next = await at().request<{ data: Sweep[] }>('GET', `/v1/sweeps?cursor=${json.nextCursor}`)
    expect(next.json.data).toEqual([looked.json])
  })

  it('tells the reader of a run’s events, and the statistics, as any other end does', async () => {
    const id = await staleOne()
    await sweep({ kind: 'stale' })
    const { json } = await at().request<{ data: { type: string; actor: string }[] }>(
      'GET',
      `/v1/runs/${id}/events`,
    )
    expect(json.data.at(-1)).toMatchObject({ type: 'run.failed', actor: 'system' })
  })

  it.each([{}, { kind: 'spring' }, { kind: 'stale', dryRun: 'yes' }, { kind: 'stale', force: true }])(
    'refuses %j',
    async (body) => {
      expect(await refusal(at(), 'POST', '/v1/sweeps', { body })).toMatchObject({
        status: 422,
        code: 'invalid',
      })
    },
  )

  it('knows no sweep that was never made', async () => {
    const path = '/v1/sweeps/01KBQK6M3V8Z5W0X2Y4A6C8E9G'
    for (const one of [path, `${path}/log`])
      expect(await refusal(at(), 'GET', one)).toMatchObject({ status: 404 })
  })

  it('tells what one has to tell, line by line', async () => {
    const id = await staleOne()
    const { json } = await sweep({ kind: 'stale' })
    await at().raw(
      `UPDATE sweeps SET errors = '[{"item": "${id}", "message": "it\\n would not"}]' WHERE id = '${json.id}'`,
    )
    const log = await at().request('GET', `/v1/sweeps/${json.id}/log`)
    expect(log.headers.get('content-type')).toMatch(/^text\/plain/)
    const { startedAt, completedAt, durationMs } = json
    expect(log.text.split('\n')).toEqual([
      `[${startedAt}] ${json.id}: stale, asked for by admin`,
      `[${startedAt}] ${json.id}: found thresholdDate ${String(json.plan.thresholdDate)}`,
      `[${completedAt}] ${json.id}: ${id}: it would not`,
      `[${completedAt}] ${json.id}: completed: did failed 1, canceled 0, 0 bytes in ${durationMs} ms`,
      '',
    ])
  })

  it('is not made of what only deleting the runs of a script makes', async () => {
    const made = await refusal(at(), 'POST', '/v1/sweeps', { body: { kind: 'script' } })
    expect(made).toMatchObject({ status: 422, code: 'invalid' })
  })
})
