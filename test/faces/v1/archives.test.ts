import { describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { sendOutput } from './output-steps.ts'
import { getRun, startOne, useApp } from './steps.ts'

const at = useApp()

/** A run that has ended and left two files and a log. */
async function ended(): Promise<string> {
  const projectId = unique('p')
  const { key: worker } = await at().makeKey({ scopes: ['runs:work'], projectId })
  const held = await startOne(at(), { projectId })
  await sendOutput(at(), held, 'a.csv', 'a,b\n1,2\n')
  await sendOutput(at(), held, 'empty.txt', '')
  const log = `/v1/runs/${held.run.id}/logs`
  const headers = { 'lease-token': held.leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
  await at().request('POST', log, { raw: 'hello\n', headers, key: worker })
  const { leaseToken } = held
  await at().request('POST', `/v1/runs/${held.run.id}:succeed`, { body: { leaseToken } })
  return held.run.id
}

describe('a run that is archived', () => {
  it('is read as before, downloaded as one file, and restored', async () => {
    const id = await ended()
    const archived = await at().request<Run>('POST', `/v1/runs/${id}:archive`)
    expect(archived.status).toBe(200)
    expect(archived.json).toMatchObject({ storageState: 'archived' })
    expect(await getRun(at(), id)).toEqual(archived.json)
    expect((await at().request('GET', `/v1/runs/${id}/logs`)).text).toBe('hello\n')
    const file = await at().request('GET', `/v1/runs/${id}/outputs/a.csv`)
    expect([file.status, file.text]).toEqual([200, 'a,b\n1,2\n'])
    expect(file.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a.csv")
    expect(file.headers.get('x-content-type-options')).toBe('nosniff')
    const headers = { range: 'bytes=2-4' }
    const part = await at().request('GET', `/v1/runs/${id}/outputs/a.csv`, { headers })
    expect([part.status, part.text]).toEqual([206, 'b\n1'])
    expect(part.headers.get('content-range')).toBe('bytes 2-4/8')
    const empty = await at().request('GET', `/v1/runs/${id}/outputs/empty.txt`)
    expect([empty.status, empty.text, empty.headers.get('content-length')]).toEqual([200, '', '0'])
    expect((await at().request('GET', `/v1/runs/${id}/outputs?format=tar`)).status).toBe(200)
    const link = await at().request('GET', `/v1/runs/${id}/archive`)
    expect(link.status).toBe(302)
    const download = await at().app.request(link.headers.get('location') ?? '')
    expect(download.headers.get('content-disposition')).toContain('.tar.gz')
    expect(Buffer.from(await download.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
    const restored = await at().request<Run>('POST', `/v1/runs/${id}:restore`)
    expect([restored.status, restored.json.storageState]).toEqual([200, 'active'])
    expect((await at().request('GET', `/v1/runs/${id}/outputs/a.csv`)).status).toBe(302)
    expect((await at().request('GET', `/v1/runs/${id}/archive`)).status).toBe(404)
  })

  it('is kept from strangers who may read runs', async () => {
    const id = await ended()
    const { projectId } = await getRun(at(), id)
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId })
    expect((await at().request('GET', `/v1/runs/${id}/logs`, { key })).status).toBe(200)
    await at().request('POST', `/v1/runs/${id}:archive`)
    const below = ['', '/events', '/logs', '/outputs', '/outputs/a.csv', '/outputs?format=tar', '/archive']
    const older = [`/api/scraper/jobs/${id}`, `/scripts/runs/${id}`]
    for (const path of [...below.map((one) => `/v1/runs/${id}${one}`), ...older])
      expect((await at().request('GET', path, { key })).status, path).toBe(403)
    expect((await at().request('POST', `/v1/runs/${id}:restore`, { key })).status).toBe(403)
  })

  it('is refused while it runs', async () => {
    const held = await startOne(at(), { projectId: unique('p') })
    const { status, json } = await at().request<{ detail: string }>('POST', `/v1/runs/${held.run.id}:archive`)
    expect(status).toBe(409)
    expect(json.detail).toMatch(/it is running/)
  })
})
