import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Scope } from '../../../lib/ports/actor.ts'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import type { Answer, TestApp } from '../../support/open-app.ts'
import { sendOutput } from './output-steps.ts'
import { enqueue, report, startOne, useApp } from './steps.ts'

const LIMIT = 20
const at = useApp({
  env: {
    RATE_LIMIT_ENQUEUE: String(LIMIT),
    RATE_LIMIT_CANCEL: '3',
    RATE_LIMIT_SEARCH: '2',
    RATE_LIMIT_PRESIGN: '3',
  },
})

/** Waits where the minute is about to end, so that what follows is counted in one. */
async function withinOneMinute(): Promise<void> {
  const [row] = (await at().raw('SELECT extract(second FROM now())::float8 AS second')) as {
    second: number
  }[]
  const second = row?.second ?? 0
  if (second > 50) await sleep((60.1 - second) * 1_000)
}

async function newKey(scopes: Scope[] = ['runs:write']): Promise<string> {
  await withinOneMinute()
  return (await at().makeKey({ scopes })).key
}

/** A run with one file, put away. */
async function archivedRun(app: TestApp): Promise<Run> {
  const held = await startOne(app, { projectId: unique('p') })
  await sendOutput(app, held, 'a.txt')
  await report(app, held.run.id, 'succeed', { leaseToken: held.leaseToken })
  const { status, json } = await app.request<Run>('POST', `/v1/runs/${held.run.id}:archive`)
  expect(status).toBe(200)
  return json
}

const post = (key: string, app = at()) => app.request('POST', '/v1/runs', { key, body: { kind: 'a' } })
const batch = (key: string, count: number) =>
  at().request('POST', '/v1/runs:batch', { key, body: { runs: Array(count).fill({ kind: 'a' }) } })
const count = (answers: Answer<unknown>[], status: number) =>
  answers.filter((one) => one.status === status).length

describe('the limit of enqueues', () => {
  it('lets through as many as it says, and tells the rest when to come back', async () => {
    const key = await newKey()
    const answers = []
    for (let n = 0; n < LIMIT + 3; n++) answers.push(await post(key))
    expect([count(answers, 201), count(answers, 429)]).toEqual([LIMIT, 3])
    const refused = answers.at(-1) as Answer<Record<string, unknown>>
    expect(refused.json).toMatchObject({ status: 429, code: 'limited' })
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(refused.headers.get('ratelimit-policy')).toBe(`"enqueue";q=${LIMIT};w=60`)
    expect(refused.headers.get('ratelimit')).toMatch(/^"enqueue";r=0;t=\d+$/)
  })

  it('says on every answer what is left', async () => {
    const key = await newKey()
    const left = []
    for (let n = 0; n < 5; n++) {
      const { headers } = await post(key)
      expect(headers.get('ratelimit-policy')).toBe(`"enqueue";q=${LIMIT};w=60`)
      left.push(Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]))
    }
    expect(left).toEqual([19, 18, 17, 16, 15])
  })

  it('holds when all come at once', async () => {
    const key = await newKey()
    const answers = await Promise.all(Array.from({ length: LIMIT * 3 }, () => post(key)))
    expect(count(answers, 201)).toBe(LIMIT)
    expect(count(answers, 429)).toBe(LIMIT * 2)
  })

  it('is shared by two instances on one database', async () => {
    const other = await at().another()
    const key = await newKey()
    const answers = await Promise.all(
      Array.from({ length: LIMIT * 3 }, (_, n) => post(key, n % 2 === 0 ? at() : other)),
    )
    const allowed = count(answers, 201)
    expect(allowed).toBeLessThanOrEqual(LIMIT)
    // Each may sit on the rest of a lot, a tenth of the limit.
    expect(allowed).toBeGreaterThanOrEqual(LIMIT - 2 * (LIMIT / 10))
  })

  it('counts a tenth for each run of a batch', async () => {
    const key = await newKey()
    expect((await batch(key, 150)).status).toBe(200)
    expect((await batch(key, 50)).status).toBe(200)
    expect((await batch(key, 1)).status).toBe(429)
    expect((await post(key)).status).toBe(429)
  })

  it('refuses a batch that is larger than what is left, and adds none of it', async () => {
    const key = await newKey()
    const kind = unique('kind')
    const runs = Array(LIMIT * 10 + 1).fill({ kind })
    expect((await at().request('POST', '/v1/runs:batch', { key, body: { runs } })).status).toBe(429)
    expect(await at().raw(`SELECT id FROM runs WHERE kind = '${kind}'`)).toEqual([])
  })

  it('is each key’s own', async () => {
    const [one, two] = [await newKey(), await newKey()]
    await Promise.all(Array.from({ length: LIMIT }, () => post(one)))
    expect((await post(one)).status).toBe(429)
    expect((await post(two)).status).toBe(201)
  })

  it('begins anew with the next minute', async () => {
    const { key, id } = await at().makeKey({ scopes: ['runs:write'] })
    const other = await at().another()
    await Promise.all(Array.from({ length: LIMIT + 5 }, () => post(key)))
    await at().raw(
      `UPDATE rate_limits SET "windowStart" = "windowStart" - interval '1 minute' WHERE bucket = 'enqueue:${id}'`,
    )
    expect((await post(key, other)).status).toBe(201)
  })
})

describe('the limit of cancels', () => {
  it('is one of its own', async () => {
    const key = await newKey()
    const answers = []
    for (let n = 0; n < 5; n++) {
      const { id } = await enqueue(at(), {}, { key })
      answers.push(await at().request('POST', `/v1/runs/${id}:cancel`, { key }))
    }
    expect([count(answers, 200), count(answers, 429)]).toEqual([3, 2])
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"cancel";q=3;w=60')
    expect((await post(key)).status).toBe(201)
  })
})

describe('the limit of searches', () => {
  it('is one of its own, and leaves reading as it is', async () => {
    const { id } = await enqueue(at(), {}, { key: await newKey() })
    const key = await newKey(['runs:read'])
    const answers = []
    for (let n = 0; n < 4; n++)
      answers.push(await at().request('GET', `/v1/runs/${id}/logs/search?q=x`, { key }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429])
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"search";q=2;w=60')
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect((await at().request('GET', `/v1/runs/${id}/logs`, { key })).status).toBe(200)
  })
})

describe('the limit of downloads', () => {
  it('counts a tar of all files as one of them', async () => {
    const { id } = await enqueue(at(), {}, { key: await newKey() })
    const key = await newKey(['runs:read'])
    const answers = []
    for (let n = 0; n < 5; n++)
      answers.push(await at().request('GET', `/v1/runs/${id}/outputs?format=tar`, { key }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
    expect((await at().request('GET', `/v1/runs/${id}/outputs`, { key })).status).toBe(200)
  })

  it('counts a file out of an archive, which comes through the server', async () => {
    const { id } = await archivedRun(at())
    const key = await newKey(['admin'])
    const answers = []
    for (let n = 0; n < 5; n++)
      answers.push(await at().request('GET', `/v1/runs/${id}/outputs/a.txt`, { key }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
  })
})

describe('no limit', () => {
  it('is on the work of workers or on reading', async () => {
    const key = await newKey(['runs:work', 'runs:read'])
    for (let n = 0; n < LIMIT * 2; n++) {
      const claimed = await at().request('POST', '/v1/runs:claim', {
        key,
        body: { workerId: 'w', projectId: 'none' },
      })
      const listed = await at().request('GET', '/v1/runs?limit=1', { key })
      expect([claimed.status, listed.status]).toEqual([200, 200])
      expect(claimed.headers.get('ratelimit') ?? listed.headers.get('ratelimit')).toBeNull()
    }
  })

  it('is on anything where it is set to 0', async () => {
    const free = await at().another({ env: { RATE_LIMIT_ENQUEUE: '0', RATE_LIMIT_CANCEL: '0' } })
    const key = await newKey()
    const answers = await Promise.all(Array.from({ length: LIMIT * 3 }, () => post(key, free)))
    expect(count(answers, 201)).toBe(LIMIT * 3)
    expect(answers[0]?.headers.get('ratelimit')).toBeNull()
  })
})
