import { describe, expect, it } from 'vitest'
import { enqueue, getRun, must, refusal, useApp } from './steps.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const HALF = '\ud800'
const at = useApp()

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const long = (length: number) => 'a'.repeat(length)

describe('POST /v1/runs', () => {
  const wrong: [body: object | string, path: string][] = [
    [{}, 'kind'],
    [{ kind: null }, 'kind'],
    [{ kind: 7 }, 'kind'],
    [{ kind: '' }, 'kind'],
    [{ kind: ' a' }, 'kind'],
    [{ kind: 'a\u0000' }, 'kind'],
    [{ kind: HALF }, 'kind'],
    [{ kind: 'ünï' }, 'kind'],
    [{ kind: "a'; DROP TABLE runs" }, 'kind'],
    [{ kind: long(201) }, 'kind'],
    [{ kind: 'a', projectId: '' }, 'projectId'],
    [{ kind: 'a', projectId: 'a\u0000b' }, 'projectId'],
    [{ kind: 'a', projectId: long(101) }, 'projectId'],
    [{ kind: 'a', name: '' }, 'name'],
    [{ kind: 'a', name: 'a\u0000b' }, 'name'],
    [{ kind: 'a', name: 'a\nb' }, 'name'],
    [{ kind: 'a', name: `a${HALF}` }, 'name'],
    [{ kind: 'a', name: long(201) }, 'name'],
    [{ kind: 'a', input: 'a\u0000b' }, 'input'],
    [{ kind: 'a', input: { 'a\u0000b': 1 } }, 'input'],
    [{ kind: 'a', input: [[{ a: [HALF] }]] }, 'input'],
    [{ kind: 'a', input: { [HALF]: 1 } }, 'input'],
    [{ kind: 'a', input: long(262_143) }, 'input'],
    [`{"kind":"a","input":${deep(10_000)}}`, 'input'],
    [`{"kind":"a","input":${deep(100_000)}}`, 'input'],
    [`{"kind":"a","input":1e400}`, 'input'],
    [`{"kind":"a","input":{"a":[-1e999]}}`, 'input.a.0'],
    ['{"kind":"a","input":12345678901234567890}', 'input'],
    ['{"kind":"a","input":{"chat":{"ids":["9007199254740993",9007199254740993]}}}', 'input.chat.ids.1'],
    ['{"kind":"a","timeoutSeconds":-9007199254740993}', 'timeoutSeconds'],
    ['{"kind":"a","labels":{"__proto__":"b"}}', 'labels.__proto__'],
    ['{"kind":"a","labels":{"a":"b","__proto__":null}}', 'labels.__proto__'],
    [{ kind: 'a', labels: [] }, 'labels'],
    [{ kind: 'a', labels: { a: 1 } }, 'labels.a'],
    [{ kind: 'a', labels: { a: 'b\u0000' } }, 'labels'],
    [{ kind: 'a', labels: { a: HALF } }, 'labels'],
    [{ kind: 'a', labels: { 'a\u0000': 'b' } }, 'labels'],
    [{ kind: 'a', labels: { '': 'b' } }, 'labels.'],
    [{ kind: 'a', labels: { [long(64)]: 'b' } }, `labels.${long(64)}`],
    [{ kind: 'a', labels: { a: long(256) } }, 'labels.a'],
    [
      { kind: 'a', labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, ''])) },
      'labels',
    ],
    [{ kind: 'a', priority: 4 }, 'priority'],
    [{ kind: 'a', priority: -1 }, 'priority'],
    [{ kind: 'a', priority: 1.5 }, 'priority'],
    [{ kind: 'a', priority: '1' }, 'priority'],
    ['{"kind":"a","priority":1e308}', 'priority'],
    ['{"kind":"a","priority":9223372036854775808}', 'priority'],
    ['{"kind":"a","maxAttempts":1e400}', 'maxAttempts'],
    [{ kind: 'a', maxAttempts: 0 }, 'maxAttempts'],
    [{ kind: 'a', maxAttempts: 101 }, 'maxAttempts'],
    [{ kind: 'a', timeoutSeconds: -1 }, 'timeoutSeconds'],
    [{ kind: 'a', timeoutSeconds: 2 ** 63 }, 'timeoutSeconds'],
    [{ kind: 'a', runAt: 'tomorrow' }, 'runAt'],
    [{ kind: 'a', runAt: 1_700_000_000 }, 'runAt'],
    [{ kind: 'a', runAt: '2026-02-30T00:00:00Z' }, 'runAt'],
    [{ kind: 'a', runAt: '2026-01-01T25:00:00Z' }, 'runAt'],
    [{ kind: 'a', runAt: '10000-01-01T00:00:00Z' }, 'runAt'],
    [{ kind: 'a', runAt: '+010000-01-01T00:00:00Z' }, 'runAt'],
    [{ kind: 'a', runAt: '9999-12-31T23:59:59-23:59' }, 'runAt'],
    [{ kind: 'a', runAt: '0000-01-01T00:00:00Z' }, 'runAt'],
    [{ kind: 'a', runAt: '-000001-01-01T00:00:00Z' }, 'runAt'],
    [{ kind: 'a', surprise: 1 }, ''],
    [{ kind: 'a', id: ID }, ''],
    [{ kind: 'a', state: 'succeeded' }, ''],
    ['{"kind":"a","__proto__":{"priority":3}}', ''],
    [{ kind: 'a', constructor: 1 }, ''],
  ]

  it.each(wrong.map(([body, path]) => ({ body, path, shown: JSON.stringify(body).slice(0, 90) })))(
    'refuses $shown at "$path"',
    async ({ body, path }) => {
      const sent = typeof body === 'string' ? { raw: body } : { body }
      const problem = await refusal(at(), 'POST', '/v1/runs', sent)
      expect(problem).toMatchObject({ status: 422, code: 'invalid' })
      expect(must(problem.errors).map((issue) => issue.path)).toContain(path)
      expect(problem.text.length).toBeLessThan(2_000)
    },
  )

  it('names every fault of a body at once', async () => {
    const problem = await refusal(at(), 'POST', '/v1/runs', {
      body: { kind: '', priority: 9, maxAttempts: 'a' },
    })
    expect(new Set(problem.errors?.map(({ path }) => path))).toEqual(
      new Set(['kind', 'priority', 'maxAttempts']),
    )
    expect(problem.detail).toMatch(/and \d more/)
  })

  it.each(['', ' ', long(256), 'ünï', 'a\tb', '🎉'])('refuses the idempotency key %j', async (key) => {
    // What is not Latin-1 cannot be in a header at all; as bytes it can.
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') }
    if (key.trim() === '' && key !== '') return
    const problem = await refusal(at(), 'POST', '/v1/runs', { body: { kind: 'a' }, headers })
    expect(problem).toMatchObject({ status: 422, code: 'invalid' })
    expect(problem.errors?.[0]?.path).toBe('idempotencyKey')
  })

  it.each([
    '1e308',
    '9007199254740991',
    '{"price":1234567890123456789.25,"id":"12345678901234567890"}',
    '5e-324',
    '{"__proto__":{"a":1},"constructor":{"prototype":1}}',
    deep(60),
    '"\\\\u0000 is six characters here"',
    '"\\ud83c\\udf89"',
    '{"":""}',
    'null',
    'false',
    '[]',
  ])('takes the input %s and gives it back', async (input) => {
    const { status, json, text } = await at().request<{ id: string }>('POST', '/v1/runs', {
      raw: `{"kind":"a","input":${input}}`,
    })
    expect(status, text).toBe(201)
    expect((await getRun(at(), json.id)).input).toEqual(JSON.parse(input))
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  it('takes what is just inside', async () => {
    const run = await enqueue(at(), {
      kind: long(200),
      name: `${long(198)}🎉`,
      input: long(262_142),
      labels: Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`${long(61)}${n + 10}`, long(255)])),
      priority: 3,
      maxAttempts: 100,
      runAt: '9999-12-31T23:59:59.999Z',
    })
    expect(run).toMatchObject({ priority: 3, runAt: '9999-12-31T23:59:59.999Z' })
  })

  it.each(['\n', '"', '\\', '[', '{"', '\\"[', '\u2028'])(
    'takes a long text of nothing but %j',
    async (unit) => {
      const input = unit.repeat(40_000)
      expect((await enqueue(at(), { input })).input).toBe(input)
    },
  )
})

describe('the id of a path', () => {
  const odd = [
    '1',
    'null',
    ID.toLowerCase(),
    ID.slice(1),
    `${ID}0`,
    `8${ID.slice(1)}`,
    ID.replace('K', 'U'),
    '550e8400-e29b-41d4-a716-446655440000',
    "'; DROP TABLE runs",
    '%00',
    '%ff',
    '%',
    '%E0%A4%A',
    `${ID}%00`,
    `${ID}%0A`,
    '..%2f..%2fetc',
    '🎉',
    long(5_000),
  ]

  it.each(odd.map((id) => ({ id, shown: id.slice(0, 40) })))(
    '$shown is refused or not found',
    async ({ id }) => {
      for (const [method, path] of [
        ['GET', `/v1/runs/${id}`],
        ['GET', `/v1/runs/${id}/events`],
        ['POST', `/v1/runs/${id}:cancel`],
        ['POST', `/v1/runs/${id}:retry`],
        ['POST', `/v1/keys/${id}:revoke`],
      ] as const)
        expect([404, 405, 422]).toContain((await refusal(at(), method, path)).status)
    },
  )

  it('is 404 when it is one of no run', async () => {
    expect(await refusal(at(), 'GET', `/v1/runs/${ID}`)).toMatchObject({ status: 404, code: 'not_found' })
  })
})
