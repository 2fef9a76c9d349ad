import { describe, expect, it } from 'vitest'
import type { LogMatches } from '../../../lib/ledger/logs/search-log.ts'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import { unique } from '../../support/make.ts'
import { linesOf, print } from '../admin/run-steps.ts'
import { enqueue, refusal, startOne, useApp } from './steps.ts'

const at = useApp()
const start = () => startOne(at(), { projectId: unique('p') })
const pathOf = (id: string, query: Record<string, string>) =>
  `/v1/runs/${id}/logs/search?${new URLSearchParams(query)}`
const search = async (id: string, query: Record<string, string>) => {
  const { status, json, text } = await at().request<LogMatches>('GET', pathOf(id, query))
  expect(status, text).toBe(200)
  return json
}
const sizeOf = (held: Claimed, texts: string[]) => linesOf(held, texts).length

describe('searching a log', () => {
  it('gives the lines, where they are, and where in them it stands', async () => {
    const held = await start()
    const texts = ['all is well', 'an ERROR: no route', 'error again']
    await print(at(), held, texts)
    const total = sizeOf(held, texts)
    expect(await search(held.run.id, { q: 'error' })).toEqual({
      data: [
        {
          position: sizeOf(held, texts.slice(0, 1)),
          at: '2026-11-22T10:00:00.123Z',
          text: 'an ERROR: no route',
          hit: [3, 8],
        },
        {
          position: sizeOf(held, texts.slice(0, 2)),
          at: '2026-11-22T10:00:00.123Z',
          text: 'error again',
          hit: [0, 5],
        },
      ],
      to: total,
      total,
      nextFrom: null,
    })
  })

  it('looks for the text as it stands there, whatever it would mean as a pattern', async () => {
    const held = await start()
    await print(at(), held, ['a+b', 'aab', 'what & where?'])
    const found = async (q: string) => (await search(held.run.id, { q })).data.map(({ text }) => text)
    expect(await found('a+b')).toEqual(['a+b'])
    expect(await found('& where?')).toEqual(['what & where?'])
    expect(await found('.')).toEqual([])
  })

  it('goes on where the page before ended, each line once', async () => {
    const held = await start()
    await print(
      at(),
      held,
      Array.from({ length: 25 }, (_, n) => `line ${n}`),
    )
    const texts: string[] = []
    for (let from: number | null = 0; from !== null; ) {
      const page: LogMatches = await search(held.run.id, { q: 'LINE', limit: '10', from: String(from) })
      expect(page.data.length).toBeLessThanOrEqual(10)
      texts.push(...page.data.map(({ text }) => text))
      from = page.nextFrom
    }
    expect(texts).toEqual(Array.from({ length: 25 }, (_, n) => `line ${n}`))
  })

  it('of a run that has printed nothing finds nothing', async () => {
    const { id } = await enqueue(at())
    expect(await search(id, { q: 'x' })).toEqual({ data: [], to: 0, total: 0, nextFrom: null })
  })

  it('is refused without a text, with a bad one, and beyond the end', async () => {
    const { id } = await enqueue(at())
    for (const query of [
      {},
      { q: '' },
      { q: 'x'.repeat(201) },
      { q: 'x', limit: '1001' },
      { q: 'x', no: '1' },
    ])
      expect(await refusal(at(), 'GET', pathOf(id, query as Record<string, string>))).toMatchObject({
        status: 422,
        code: 'invalid',
      })
    expect(await refusal(at(), 'GET', pathOf(id, { q: 'x', from: '1' }))).toMatchObject({ status: 422 })
  })

  it('is for those alone who may read the run', async () => {
    const { id } = await enqueue(at())
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: unique('other') })
    expect((await at().request('GET', pathOf(id, { q: 'x' }), { key })).status).toBe(404)
    const worker = await at().makeKey({ scopes: ['runs:work'] })
    expect((await at().request('GET', pathOf(id, { q: 'x' }), { key: worker.key })).status).toBe(403)
  })
})
