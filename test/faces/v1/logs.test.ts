import { describe, expect, it } from 'vitest'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import { LIMITS } from '../../../lib/run/limits.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { CRON_SECRET } from '../../support/open-app.ts'
import { enqueue, refusal, report, serveApp, startOne, useApp } from './steps.ts'

const at = useApp()
const start = () => startOne(at(), { projectId: unique('p') })

function append(
  app: TestApp,
  { run, leaseToken }: Claimed,
  offset: number | string,
  text: string | Uint8Array,
) {
  const headers = { 'lease-token': leaseToken, 'log-offset': String(offset), 'content-type': 'text/plain' }
  return app.request('POST', `/v1/runs/${run.id}/logs`, { raw: text, headers })
}

const line = (id: string, text: string, mark = ':') => `[2026-11-22T10:00:00.000Z] ${id}${mark} ${text}\n`

describe('adding to a log', () => {
  it('answers where the next chunk begins; a gap, with the offset that is expected', async () => {
    const held = await start()
    expect((await append(at(), held, 0, 'one\n')).json).toEqual({ nextOffset: 4 })
    expect((await append(at(), held, 0, 'one\n')).json).toEqual({ nextOffset: 4 })
    const { status, json } = await append(at(), held, 9, 'late\n')
    expect({ status, ...json }).toMatchObject({ status: 409, code: 'conflict', expectedOffset: 4 })
  })

  it('is refused without its headers, with bad ones, too large, and after the end', async () => {
    const held = await start()
    const path = `/v1/runs/${held.run.id}/logs`
    const raw = { raw: 'x', headers: { 'content-type': 'text/plain' } }
    expect(await refusal(at(), 'POST', path, raw)).toMatchObject({ status: 422 })
    for (const offset of ['', 'x', '-1', '1.5', '1e400'])
      expect((await append(at(), held, offset, 'x')).status, offset).toBe(422)
    expect((await append(at(), held, 0, new Uint8Array(LIMITS.logChunkBytes + 1))).status).toBe(413)
    await report(at(), held.run.id, 'succeed', { leaseToken: held.leaseToken })
    expect((await append(at(), held, 0, 'late\n')).json).toMatchObject({ status: 409, code: 'lease_lost' })
  })

  it('keeps bytes that are no text as they are', async () => {
    const held = await start()
    const bytes = Uint8Array.from({ length: 512 }, (_, n) => n % 256)
    await append(at(), held, 0, bytes)
    const response = await at().app.request(`/v1/runs/${held.run.id}/logs`, {
      headers: { authorization: `Bearer ${at().admin}` },
    })
    expect(await response.bytes()).toEqual(bytes)
  })
})

describe('reading a log', () => {
  it('gives an empty text for a run that has printed nothing', async () => {
    const { id } = await enqueue(at())
    const { status, text, headers } = await at().request('GET', `/v1/runs/${id}/logs`)
    expect([status, text, headers.get('content-length'), headers.get('log-offset')]).toEqual([
      200,
      '',
      '0',
      '0',
    ])
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('gives ranges as HTTP has them', async () => {
    const held = await start()
    await append(at(), held, 0, '0123456789')
    const ask = async (range: string) => {
      const { status, text, headers } = await at().request('GET', `/v1/runs/${held.run.id}/logs`, {
        headers: { range },
      })
      return [status, text, headers.get('content-range')]
    }
    expect(await ask('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10'])
    expect(await ask('bytes=7-')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await ask('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await ask('bytes=5-99')).toEqual([206, '56789', 'bytes 5-9/10'])
    for (const ignored of ['bytes=5-2', 'lines=1-2', 'bytes=1-2,4-5', 'bytes=-', 'nonsense'])
      expect(await ask(ignored), ignored).toEqual([200, '0123456789', null])
    const { status, headers } = await at().app.request(`/v1/runs/${held.run.id}/logs`, {
      headers: { authorization: `Bearer ${at().admin}`, range: 'bytes=10-' },
    })
    expect([status, headers.get('content-range')]).toEqual([416, 'bytes */10'])
  })

  it('gives a tail, and the raw text without what stands before the lines', async () => {
    const held = await start()
    const { id } = held.run
    await append(at(), held, 0, line(id, 'one') + line(id, 'tw', '~') + line(id, 'o'))
    const ask = async (query: string) => (await at().request('GET', `/v1/runs/${id}/logs?${query}`)).text
    expect(await ask('format=raw')).toBe('one\ntwo\n')
    expect(await ask(`tail=${line(id, 'o').length}`)).toBe(line(id, 'o'))
    expect(await ask('tail=0')).toBe('')
    for (const query of ['format=html', 'tail=-1', 'tail=x', 'follow=maybe', 'nonsense=1'])
      expect(await refusal(at(), 'GET', `/v1/runs/${id}/logs?${query}`), query).toMatchObject({ status: 422 })
  })

  it('gives a part by from and to, as the verb does', async () => {
    const held = await start()
    const ask = async (query: string) => {
      const { status, text, headers } = await at().request('GET', `/v1/runs/${held.run.id}/logs?${query}`)
      return [status, status === 200 ? text : '', headers.get('log-offset'), headers.get('log-bytes')]
    }
    expect(await ask('from=0')).toEqual([200, '', '0', '0'])
    await append(at(), held, 0, '0123456789')
    expect(await ask('from=4&to=4')).toEqual([200, '', '4', '10'])
    expect(await ask('from=4&to=6')).toEqual([200, '45', '4', '10'])
    expect(await ask('from=10')).toEqual([200, '', '10', '10'])
    expect(await ask('to=0')).toEqual([200, '', '0', '10'])
    expect((await ask('from=11'))[0]).toBe(422)
    expect((await ask('from=1&tail=1'))[0]).toBe(422)
    expect((await ask('follow=true&from=1&tail=1'))[0]).toBe(422)
  })

  it('opens nothing for whoever asks by HEAD', async () => {
    const held = await start()
    await append(at(), held, 0, '0123456789')
    await report(at(), held.run.id, 'succeed', { leaseToken: held.leaseToken })
    for (const query of ['', '?format=raw', '?follow=true', '?tail=3']) {
      const { status, text, headers } = await at().request('HEAD', `/v1/runs/${held.run.id}/logs${query}`)
      expect([status, text]).toEqual([200, ''])
      expect(headers.get('log-offset')).toBe(query === '?tail=3' ? '7' : '0')
    }
  })

  it('streams while the run goes on, from an offset on, and ends with the run', async () => {
    const held = await start()
    const { id } = held.run
    await append(at(), held, 0, 'one\n')
    const { url, close } = await serveApp(at())
    try {
      const follow = async (range?: string) => {
        const headers = { authorization: `Bearer ${at().admin}`, ...(range ? { range } : {}) }
        const response = await fetch(`${url}/v1/runs/${id}/logs?follow=true`, { headers })
        return [response.headers.get('log-offset'), await response.text()]
      }
      const streams = [follow(), follow('bytes=2-'), follow('bytes=4-')]
      await append(at(), held, 4, 'two\n')
      await report(at(), id, 'succeed', { leaseToken: held.leaseToken, logBytes: 8 })
      expect(await Promise.all(streams)).toEqual([
        ['0', 'one\ntwo\n'],
        ['2', 'e\ntwo\n'],
        ['4', 'two\n'],
      ])
    } finally {
      await close()
    }
  })

  it('is the same after the tick has made one object of it', async () => {
    const held = await start()
    await append(at(), held, 0, 'one\n')
    await append(at(), held, 4, 'two\n')
    await report(at(), held.run.id, 'succeed', { leaseToken: held.leaseToken, logBytes: 8 })
    const { json } = await at().request('GET', '/api/cron/tick', { key: CRON_SECRET })
    expect(json).toMatchObject({ data: { logs: { failed: 0 } } })
    const { json: run } = await at().request('GET', `/v1/runs/${held.run.id}`)
    expect(run).toMatchObject({ logBytes: 8, logFile: expect.stringContaining(held.run.id) })
    expect((await at().request('GET', `/v1/runs/${held.run.id}/logs`)).text).toBe('one\ntwo\n')
  })
})
