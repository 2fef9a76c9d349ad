import { describe, expect, it } from 'vitest'
import { v1Routes } from '../../../lib/faces/v1/index.ts'
import type { Route } from '../../../lib/http/route.ts'
import { unique } from '../../support/make.ts'
import type { Sent } from '../../support/open-app.ts'
import { enqueue, must, refusal, useApp } from './steps.ts'
import { validRequest } from './valid-requests.ts'

const at = useApp()

const post = (raw: string | Uint8Array, headers: Record<string, string> = {}) =>
  refusal(at(), 'POST', '/v1/runs', { raw, headers })

/** A body of this many bytes in pieces, whose length is not announced. */
function inPieces(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = Math.min(left, 64 * 1_024)
      if (piece === 0) return controller.close()
      left -= piece
      controller.enqueue(new Uint8Array(piece).fill(32))
    },
  })
}

const withBody = v1Routes.filter(({ body }) => body)
const methodOf = ({ method }: Route) => method.toUpperCase()
const names = withBody.map((route) => ({ name: route.path, route }))

describe.each(names)('$name', ({ route }: { route: Route }) => {
  const ask = async (sent: Sent) => {
    const { path } = await validRequest(at(), route, unique('p'))
    return refusal(at(), methodOf(route), path, sent)
  }

  it.each([
    '{',
    '{"kind": }',
    '{"a": 1,}',
    "{'a': 1}",
    'kind=a',
    '<xml/>',
    '[1',
    'NaN',
    '\u0000',
    '{"a":1} x',
  ])('refuses what is no JSON: %j', async (raw) => {
    const problem = await ask({ raw })
    expect(problem).toMatchObject({ status: 422, code: 'invalid' })
    expect(problem.detail).toContain('not valid JSON')
  })

  it.each(['[]', '[{"kind":"a"}]', 'null', '7', '"text"', 'true'])(
    'refuses JSON that is no object: %s',
    async (raw) => {
      expect(await ask({ raw })).toMatchObject({ status: 422, detail: 'the body must be a JSON object' })
    },
  )

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])('refuses the content type %s', async (type) => {
    const problem = await ask({ raw: '{}', headers: { 'content-type': type } })
    expect(problem.status).toBe(422)
    expect(problem.detail).toContain('application/json')
  })

  it('refuses a field it does not know, and a value of another type', async () => {
    const { path, sent } = await validRequest(at(), route, unique('p'))
    const unknown = {
      ...(sent.body ?? {}),
      surprise: 1,
      workerId: 7,
      leaseToken: {},
      runs: 'a',
      kind: [],
      reason: 0,
    }
    const problem = await refusal(at(), methodOf(route), path, { body: unknown })
    expect(problem).toMatchObject({ status: 422, code: 'invalid' })
    expect(must(problem.errors)[0]?.message).toBeTruthy()
  })

  it('refuses a body that is too large, announced or not', async () => {
    const limit = route.bodyBytes ?? 1_048_576
    expect(await ask({ raw: ' '.repeat(limit + 1) })).toMatchObject({ status: 413, code: 'too_large' })
    const { path } = await validRequest(at(), route, unique('p'))
    const response = await at().app.request(path, {
      method: methodOf(route),
      headers: { authorization: `Bearer ${at().admin}`, 'content-type': 'application/json' },
      body: inPieces(limit + 1),
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({
      code: 'too_large',
      detail: expect.stringContaining(`${limit}`),
    })
  })

  it('refuses what is not UTF-8', async () => {
    const bytes = [
      Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d),
      Uint8Array.of(0xc0, 0xaf),
      new Uint8Array(Buffer.from('{"kind":"é"}', 'latin1')),
      // Half of a surrogate pair, as some encoders write it.
      new Uint8Array(Buffer.from('7b226b223a22eda0bd227d', 'hex')),
    ]
    for (const raw of bytes)
      expect(await ask({ raw })).toMatchObject({ status: 422, detail: expect.stringContaining('UTF-8') })
  })
})

describe('a body at the edge of what is taken', () => {
  it('may be missing or empty where nothing in it is needed', async () => {
    for (const sent of [{}, { raw: '' }, { body: {} }, { headers: { 'content-type': 'application/json' } }]) {
      const { id } = await enqueue(at())
      expect((await at().request('POST', `/v1/runs/${id}:cancel`, sent)).status).toBe(200)
    }
  })

  it('may not be missing where something is', async () => {
    const posting = withBody.filter(({ path, method }) => method === 'post' && !path.includes('{'))
    const [optional, creating] = [true, false].map((is) =>
      posting.filter(({ bodyOptional = false }) => bodyOptional === is).map(({ path }) => path),
    )
    // All of what they take has a default, and neither makes anything.
    expect(optional).toEqual(['/v1/retention/plan', '/v1/retention/migrate-folders'])
    for (const path of creating ?? []) {
      expect(await refusal(at(), 'POST', path, {})).toMatchObject({ status: 422, code: 'invalid' })
      expect(await refusal(at(), 'POST', path, { raw: '' })).toMatchObject({ status: 422 })
    }
  })

  it('may be of exactly the size that is allowed, and say what it is in any way', async () => {
    const text = '{"kind":"a"}'
    const full = text + ' '.repeat(1_048_576 - text.length)
    expect((await at().request('POST', '/v1/runs', { raw: full })).status).toBe(201)
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.acme+json'])
      expect(
        (await at().request('POST', '/v1/runs', { raw: text, headers: { 'content-type': type } })).status,
      ).toBe(201)
  })

  it('may begin with a byte order mark, and end in a character that came in two pieces', async () => {
    const marked = new Uint8Array(Buffer.from('\uFEFF{"kind":"a"}'))
    expect((await at().request('POST', '/v1/runs', { raw: marked })).status).toBe(201)
    const bytes = new Uint8Array(Buffer.from('{"kind":"a","name":"🎉"}'))
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    const response = await at().app.request('/v1/runs', {
      method: 'POST',
      headers: { authorization: `Bearer ${at().admin}` },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(await response.json()).toMatchObject({ name: '🎉' })
  })

  it('is refused at once when it announces too much, and when it announces nonsense it is read', async () => {
    expect(await post('{"kind":"a"}', { 'content-length': '99999999' })).toMatchObject({ status: 413 })
    for (const length of ['-1', 'many', ''])
      expect(
        (
          await at().request('POST', '/v1/runs', {
            raw: '{"kind":"a"}',
            headers: { 'content-length': length },
          })
        ).status,
      ).toBe(201)
  })
})
